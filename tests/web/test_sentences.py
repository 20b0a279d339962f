"""Sentences as people read them on a page."""

from registry.web.sentences import whole_days


def test_a_date_in_a_sentence_breaks_over_no_line_and_keeps_its_order_in_arabic() -> None:
    assert whole_days("Withdrawn on 22 NOV 2026.") == 'Withdrawn on <bdi class="app-whole">22 NOV 2026</bdi>.'


def test_what_a_stranger_wrote_into_a_sentence_stays_text() -> None:
    assert whole_days("<b>2 JAN 2026") == '&lt;b&gt;<bdi class="app-whole">2 JAN 2026</bdi>'

"""The tables of the walk: from the notice to a certificate that a stranger can check."""

import sqlalchemy as sa
from alembic import op

import registry.model

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_grant",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("until", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "pilgrim_id", name=op.f("pk_access_grant")),
    )
    op.create_table(
        "antigen",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("disease", sa.JSON(), nullable=False),
        sa.Column("icd11_disease", sa.String(), nullable=False),
        sa.Column("icd11_vaccine", sa.String(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_antigen")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "signed_in",
                "sign_in_failed",
                "signed_out",
                "password_changed",
                "refused_entry",
                "staff_changed",
                "sessions_ended",
                "searched",
                "searched_by_identifier",
                "viewed",
                "registered",
                "imported",
                "examined",
                "vaccinated",
                "not_given",
                "corrected",
                "certificate_issued",
                "certificate_printed",
                "certificate_revoked",
                "stock_changed",
                "check_failed",
                "coverage_viewed",
                "log_viewed",
                "campaign_loaded",
                name="action",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("pilgrim_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix_audit_event_address", ["action", "address", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_event_by", ["by_id", "at"], unique=False)
        batch_op.create_index("ix_audit_event_pilgrim", ["pilgrim_id", "at"], unique=False)
        batch_op.create_index("ix_audit_event_subject", ["action", "subject", "at"], unique=False)

    op.create_table(
        "campaign",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("default_arrival_on", sa.Date(), nullable=True),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("legal_basis", sa.JSON(), nullable=False),
        sa.Column("examination_valid_days", sa.Integer(), nullable=False),
        sa.Column("observation_minutes", sa.Integer(), nullable=False),
        sa.Column("min_age_years", sa.Integer(), nullable=True),
        sa.Column("min_age_as_of", sa.Date(), nullable=True),
        sa.Column("barring_conditions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_campaign")),
    )
    op.create_table(
        "certificate_handle",
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_certificate_handle")),
    )
    op.create_table(
        "log_entry",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "dose",
                "not_given",
                "correction",
                "certificate_issued",
                "certificate_replaced",
                "certificate_revoked",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "sequence", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_log_entry_hash")),
    )
    op.create_table(
        "log_head",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_record",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "sequence", name=op.f("pk_log_record")),
    )
    with op.batch_alter_table("log_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_record_pilgrim_id"), ["pilgrim_id"], unique=False)

    op.create_table(
        "pilgrim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("latin_surname", sa.String(length=60), nullable=False),
        sa.Column("latin_given_name", sa.String(length=60), nullable=False),
        sa.Column("surname", sa.String(length=60), nullable=False),
        sa.Column("given_name", sa.String(length=60), nullable=False),
        sa.Column("patronymic", sa.String(length=60), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column(
            "birth_precision",
            sa.Enum(
                "day", "month", "year", name="birthprecision", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "sex",
            sa.Enum("female", "male", name="sex", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("nationality", sa.String(length=3), nullable=False),
        sa.Column("passport_number", sa.String(length=12), nullable=False),
        sa.Column("pin", sa.String(length=14), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("sort_name", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("registered_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilgrim")),
    )
    with op.batch_alter_table("pilgrim", schema=None) as batch_op:
        batch_op.create_index("ix_pilgrim_sort_name", ["sort_name", "id"], unique=False)

    op.create_table(
        "pilgrim_identifier",
        sa.Column(
            "kind",
            sa.Enum("passport", "pin", name="identifierkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_pilgrim_identifier")),
    )
    with op.batch_alter_table("pilgrim_identifier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pilgrim_identifier_pilgrim_id"), ["pilgrim_id"], unique=False)

    op.create_table(
        "pilgrim_search_key",
        sa.Column("key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "pilgrim_id", name=op.f("pk_pilgrim_search_key")),
    )
    with op.batch_alter_table("pilgrim_search_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pilgrim_search_key_pilgrim_id"), ["pilgrim_id"], unique=False)

    op.create_table(
        "region",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_table(
        "role",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_role")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("latin_name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", registry.model.UtcInstant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "tally",
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column(
            "measure",
            sa.Enum(
                "registered",
                "examined",
                "vaccinated",
                "complete",
                "certified",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("antigen_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_tally_not_negative")),
        sa.PrimaryKeyConstraint(
            "campaign_code", "measure", "antigen_code", "region_code", "point_code", "day", name=op.f("pk_tally")
        ),
    )
    op.create_table(
        "vaccination_point",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("settlement", sa.JSON(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("facility_type", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_vaccination_point")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role_code", sa.String(), nullable=False),
        sa.Column(
            "scope_kind",
            sa.Enum(
                "point", "region", "country", name="scopekind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("scope_code", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["role_code"], ["role.code"], name=op.f("fk_assignment_role_code")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_assignment_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "staff_id",
            "role_code",
            "scope_kind",
            "scope_code",
            "from_on",
            name=op.f("uq_assignment_staff_id_role_code_scope_kind_scope_code_from_on"),
        ),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "campaign_point",
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("printed_row", sa.Integer(), nullable=True),
        sa.Column("printed_region", sa.String(), nullable=False),
        sa.Column("printed_place", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_campaign_point_campaign_code")),
        sa.ForeignKeyConstraint(["point_code"], ["vaccination_point.code"], name=op.f("fk_campaign_point_point_code")),
        sa.PrimaryKeyConstraint("campaign_code", "point_code", name=op.f("pk_campaign_point")),
    )
    op.create_table(
        "certificate",
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("issued_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Uuid(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_certificate_campaign_code")),
        sa.ForeignKeyConstraint(
            ["pilgrim_id", "replaces_id"],
            ["certificate.pilgrim_id", "certificate.id"],
            name=op.f("fk_certificate_pilgrim_id_replaces_id"),
        ),
        sa.ForeignKeyConstraint(["pilgrim_id"], ["pilgrim.id"], name=op.f("fk_certificate_pilgrim_id")),
        sa.PrimaryKeyConstraint("pilgrim_id", "id", name=op.f("pk_certificate")),
        sa.UniqueConstraint(
            "pilgrim_id", "campaign_code", "number", name=op.f("uq_certificate_pilgrim_id_campaign_code_number")
        ),
        sa.UniqueConstraint("pilgrim_id", "replaces_id", name=op.f("uq_certificate_pilgrim_id_replaces_id")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_issued_at"), ["issued_at"], unique=False)

    op.create_table(
        "correction",
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum("pilgrim", "dose", name="subject", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("corrected_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("corrected_by_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(reason) >= 3", name=op.f("ck_correction_has_a_reason")),
        sa.ForeignKeyConstraint(["pilgrim_id"], ["pilgrim.id"], name=op.f("fk_correction_pilgrim_id")),
        sa.PrimaryKeyConstraint("pilgrim_id", "id", name=op.f("pk_correction")),
    )
    op.create_table(
        "dose_not_given",
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("antigen_code", sa.String(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "refused",
                "acute_illness",
                "contraindicated",
                "already_valid",
                "out_of_stock",
                "absent",
                "unfit_for_hajj",
                "withdrew",
                "other",
                name="notgivenreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["antigen_code"], ["antigen.code"], name=op.f("fk_dose_not_given_antigen_code")),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_dose_not_given_campaign_code")),
        sa.ForeignKeyConstraint(["pilgrim_id"], ["pilgrim.id"], name=op.f("fk_dose_not_given_pilgrim_id")),
        sa.ForeignKeyConstraint(["point_code"], ["vaccination_point.code"], name=op.f("fk_dose_not_given_point_code")),
        sa.PrimaryKeyConstraint("pilgrim_id", "id", name=op.f("pk_dose_not_given")),
        sa.UniqueConstraint(
            "pilgrim_id", "visit_id", "antigen_code", name=op.f("uq_dose_not_given_pilgrim_id_visit_id_antigen_code")
        ),
    )
    op.create_table(
        "examination",
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("examined_on", sa.Date(), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("temperature_c", sa.Numeric(precision=3, scale=1), nullable=True),
        sa.Column("systolic", sa.Integer(), nullable=True),
        sa.Column("diastolic", sa.Integer(), nullable=True),
        sa.Column("pulse", sa.Integer(), nullable=True),
        sa.Column("spo2", sa.Integer(), nullable=True),
        sa.Column("weight_kg", sa.Numeric(precision=4, scale=1), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "fit",
                "deferred",
                "needs_specialist",
                "unfit",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("deferred_until", sa.Date(), nullable=True),
        sa.Column("contraindicated", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("examined_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'deferred' OR deferred_until IS NOT NULL", name=op.f("ck_examination_deferred_until_a_day")
        ),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_examination_campaign_code")),
        sa.ForeignKeyConstraint(["pilgrim_id"], ["pilgrim.id"], name=op.f("fk_examination_pilgrim_id")),
        sa.ForeignKeyConstraint(["point_code"], ["vaccination_point.code"], name=op.f("fk_examination_point_code")),
        sa.PrimaryKeyConstraint("pilgrim_id", "id", name=op.f("pk_examination")),
    )
    op.create_table(
        "point_region",
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["point_code"], ["vaccination_point.code"], name=op.f("fk_point_region_point_code")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_point_region_region_code")),
        sa.PrimaryKeyConstraint("point_code", "region_code", name=op.f("pk_point_region")),
    )
    op.create_table(
        "product",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("antigen_code", sa.String(), nullable=False),
        sa.Column("trade_name", sa.String(), nullable=False),
        sa.Column("latin_name", sa.String(), nullable=False),
        sa.Column(
            "vaccine_type",
            sa.Enum(
                "conjugate",
                "polysaccharide",
                "inactivated",
                "unknown",
                name="vaccinetype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("manufacturer", sa.String(), nullable=True),
        sa.Column("dose_ml", sa.Numeric(precision=4, scale=2), nullable=True),
        sa.Column("routes", sa.JSON(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("doses_per_container", sa.Integer(), nullable=False),
        sa.Column("age_min_months", sa.Integer(), nullable=True),
        sa.Column("age_max_years", sa.Integer(), nullable=True),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("available_until", sa.Date(), nullable=True),
        sa.Column("who_product_id", sa.String(), nullable=True),
        sa.Column("atc", sa.String(), nullable=True),
        sa.Column("cvx", sa.String(), nullable=True),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["antigen_code"], ["antigen.code"], name=op.f("fk_product_antigen_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_product")),
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_antigen_code"), ["antigen_code"], unique=False)

    op.create_table(
        "registration",
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("arrival_on", sa.Date(), nullable=True),
        sa.Column("group_name", sa.String(length=80), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("registered_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_registration_campaign_code")),
        sa.ForeignKeyConstraint(["pilgrim_id"], ["pilgrim.id"], name=op.f("fk_registration_pilgrim_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_registration_region_code")),
        sa.PrimaryKeyConstraint("pilgrim_id", "id", name=op.f("pk_registration")),
        sa.UniqueConstraint("pilgrim_id", "campaign_code", name=op.f("uq_registration_pilgrim_id_campaign_code")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index("ix_registration_region", ["campaign_code", "region_code"], unique=False)

    op.create_table(
        "requirement",
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("antigen_code", sa.String(), nullable=False),
        sa.Column("demanded_by", sa.JSON(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("min_age_months", sa.Integer(), nullable=False),
        sa.Column("min_days_before_arrival", sa.Integer(), nullable=False),
        sa.Column(
            "validity",
            sa.Enum(
                "years_by_type",
                "season",
                "period",
                "months",
                "lifelong",
                name="validity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("years_by_type", sa.JSON(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("season_code", sa.String(), nullable=True),
        sa.Column("season_starts_on", sa.Date(), nullable=True),
        sa.Column("season_ends_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["antigen_code"], ["antigen.code"], name=op.f("fk_requirement_antigen_code")),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_requirement_campaign_code")),
        sa.PrimaryKeyConstraint("campaign_code", "code", "version", name=op.f("pk_requirement")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("last_seen_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("expires_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("revoked_at", registry.model.UtcInstant(timezone=True), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "certificate_revocation",
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("revoked_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("revoked_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pilgrim_id", "certificate_id"],
            ["certificate.pilgrim_id", "certificate.id"],
            name=op.f("fk_certificate_revocation_pilgrim_id_certificate_id"),
        ),
        sa.ForeignKeyConstraint(["pilgrim_id"], ["pilgrim.id"], name=op.f("fk_certificate_revocation_pilgrim_id")),
        sa.PrimaryKeyConstraint("pilgrim_id", "id", name=op.f("pk_certificate_revocation")),
        sa.UniqueConstraint(
            "pilgrim_id", "certificate_id", name=op.f("uq_certificate_revocation_pilgrim_id_certificate_id")
        ),
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("season_code", sa.String(), nullable=True),
        sa.Column("created_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["product_code"], ["product.code"], name=op.f("fk_lot_product_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("product_code", "number", name=op.f("uq_lot_product_code_number")),
    )
    op.create_table(
        "dose",
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("antigen_code", sa.String(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column(
            "route",
            sa.Enum(
                "intramuscular",
                "subcutaneous",
                "intranasal",
                name="route",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "site",
            sa.Enum(
                "left_upper_arm",
                "right_upper_arm",
                "left_thigh",
                "right_thigh",
                "nose",
                name="site",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("volume_ml", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("campaign_code", sa.String(), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("examination_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "completed", "entered_in_error", name="dosestatus", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("given_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("override_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(version = 1) = (supersedes_id IS NULL)", name=op.f("ck_dose_versions_supersede")),
        sa.CheckConstraint("volume_ml > 0", name=op.f("ck_dose_some_volume")),
        sa.ForeignKeyConstraint(["antigen_code"], ["antigen.code"], name=op.f("fk_dose_antigen_code")),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_dose_campaign_code")),
        sa.ForeignKeyConstraint(["given_by_id"], ["staff.id"], name=op.f("fk_dose_given_by_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_dose_lot_id")),
        sa.ForeignKeyConstraint(
            ["pilgrim_id", "examination_id"],
            ["examination.pilgrim_id", "examination.id"],
            name=op.f("fk_dose_pilgrim_id_examination_id"),
        ),
        sa.ForeignKeyConstraint(
            ["pilgrim_id", "supersedes_id"],
            ["dose.pilgrim_id", "dose.id"],
            name=op.f("fk_dose_pilgrim_id_supersedes_id"),
        ),
        sa.ForeignKeyConstraint(["pilgrim_id"], ["pilgrim.id"], name=op.f("fk_dose_pilgrim_id")),
        sa.ForeignKeyConstraint(["point_code"], ["vaccination_point.code"], name=op.f("fk_dose_point_code")),
        sa.ForeignKeyConstraint(["product_code"], ["product.code"], name=op.f("fk_dose_product_code")),
        sa.PrimaryKeyConstraint("pilgrim_id", "id", name=op.f("pk_dose")),
        sa.UniqueConstraint(
            "pilgrim_id",
            "campaign_code",
            "antigen_code",
            "number",
            "version",
            name=op.f("uq_dose_pilgrim_id_campaign_code_antigen_code_number_version"),
        ),
        sa.UniqueConstraint("pilgrim_id", "supersedes_id", name=op.f("uq_dose_pilgrim_id_supersedes_id")),
        sa.UniqueConstraint(
            "pilgrim_id",
            "visit_id",
            "antigen_code",
            "version",
            name=op.f("uq_dose_pilgrim_id_visit_id_antigen_code_version"),
        ),
    )
    with op.batch_alter_table("dose", schema=None) as batch_op:
        batch_op.create_index("ix_dose_lot", ["lot_id"], unique=False)

    op.create_table(
        "lot_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "quarantine", "recall", "release", name="holdkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_hold_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_hold")),
    )
    with op.batch_alter_table("lot_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_hold_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "stock",
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("doses_on_hand", sa.Integer(), nullable=False),
        sa.CheckConstraint("doses_on_hand >= 0", name=op.f("ck_stock_not_negative")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_stock_lot_id")),
        sa.ForeignKeyConstraint(["point_code"], ["vaccination_point.code"], name=op.f("fk_stock_point_code")),
        sa.PrimaryKeyConstraint("point_code", "lot_id", name=op.f("pk_stock")),
    )
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("point_code", sa.String(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "received",
                "administered",
                "returned",
                "wasted",
                "counted",
                name="movementkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_stock_movement_lot_id")),
        sa.ForeignKeyConstraint(["point_code"], ["vaccination_point.code"], name=op.f("fk_stock_movement_point_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
    )
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_movement_point_code"), ["point_code"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_movement_point_code"))

    op.drop_table("stock_movement")
    op.drop_table("stock")
    with op.batch_alter_table("lot_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_hold_lot_id"))

    op.drop_table("lot_hold")
    with op.batch_alter_table("dose", schema=None) as batch_op:
        batch_op.drop_index("ix_dose_lot")

    op.drop_table("dose")
    op.drop_table("lot")
    op.drop_table("certificate_revocation")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))

    op.drop_table("staff_session")
    op.drop_table("requirement")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index("ix_registration_region")

    op.drop_table("registration")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_antigen_code"))

    op.drop_table("product")
    op.drop_table("point_region")
    op.drop_table("examination")
    op.drop_table("dose_not_given")
    op.drop_table("correction")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_issued_at"))

    op.drop_table("certificate")
    op.drop_table("campaign_point")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_staff_id"))

    op.drop_table("assignment")
    op.drop_table("vaccination_point")
    op.drop_table("tally")
    op.drop_table("staff")
    op.drop_table("role")
    op.drop_table("region")
    with op.batch_alter_table("pilgrim_search_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pilgrim_search_key_pilgrim_id"))

    op.drop_table("pilgrim_search_key")
    with op.batch_alter_table("pilgrim_identifier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pilgrim_identifier_pilgrim_id"))

    op.drop_table("pilgrim_identifier")
    with op.batch_alter_table("pilgrim", schema=None) as batch_op:
        batch_op.drop_index("ix_pilgrim_sort_name")

    op.drop_table("pilgrim")
    with op.batch_alter_table("log_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_record_pilgrim_id"))

    op.drop_table("log_record")
    op.drop_table("log_head")
    op.drop_table("log_entry")
    op.drop_table("certificate_handle")
    op.drop_table("campaign")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_subject")
        batch_op.drop_index("ix_audit_event_pilgrim")
        batch_op.drop_index("ix_audit_event_by")
        batch_op.drop_index(batch_op.f("ix_audit_event_at"))
        batch_op.drop_index("ix_audit_event_address")

    op.drop_table("audit_event")
    op.drop_table("antigen")
    op.drop_table("access_grant")

"""Everything an installation decides, read once from REGISTRY_* environment variables."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_SECRET_LENGTH = 32
WRITTEN_GENERATIONS = (1, 3)

_time_zones = cache(available_timezones)  # it opens some 600 files


class Environment(StrEnum):
    TRAINING = "training"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Frozen: a running registry never changes its mind. Each name is documented in the README."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", frozen=True, extra="ignore")

    env: Environment = Environment.TRAINING
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    workers: int = Field(default=2, ge=1)
    var_dir: Path = Path("var")
    database_url: str | None = None
    public_url: str | None = None
    secret_key: SecretStr | None = None
    behind_proxy: bool = False
    timezone: str = "Asia/Bishkek"
    entry_timezone: str = "Asia/Riyadh"
    campaign: str | None = None
    issuer: str = "KG"
    authority: str = "Ministry of Health of the Kyrgyz Republic"
    authority_ky: str = "Кыргыз Республикасынын Саламаттыкты сактоо министрлиги"
    authority_ru: str = "Министерство здравоохранения Кыргызской Республики"
    authority_ar: str = "وزارة الصحة في جمهورية قيرغيزستان"
    help_phone: str = ""
    security_contact: str = ""
    session_idle_minutes: int = 20
    session_absolute_hours: int = 12
    dvc_generation: int = 3
    list_max_age_days: int = Field(default=7, ge=1, le=60)
    keys_passphrase: SecretStr | None = None
    hsm_module: Path | None = None
    hsm_token: str = ""
    hsm_pin: SecretStr | None = None
    sheet_template: Path | None = None
    pdf_signer: Path | None = None
    pdf_signer_passphrase: SecretStr | None = None

    @field_validator("timezone", "entry_timezone")
    @classmethod
    def is_a_time_zone(cls, name: str) -> str:
        if name not in _time_zones():
            raise ValueError(f"{name} is not a time zone such as Asia/Bishkek.")
        return name

    @field_validator("security_contact")
    @classmethod
    def is_an_address(cls, contact: str) -> str:
        if contact and not (contact.isprintable() and contact.startswith(("mailto:", "https://", "tel:"))):
            raise ValueError("REGISTRY_SECURITY_CONTACT begins with mailto:, https:// or tel: (RFC 9116).")
        return contact

    @field_validator("dvc_generation")
    @classmethod
    def is_a_generation_that_is_written(cls, generation: int) -> int:
        if generation not in WRITTEN_GENERATIONS:
            raise ValueError("REGISTRY_DVC_GENERATION is 3, or 1 for readers of 2024.")
        return generation

    @model_validator(mode="after")
    def production_needs_real_secrets(self) -> Self:
        if self.env is not Environment.PRODUCTION:
            return self
        secret = self.secret_key.get_secret_value() if self.secret_key else ""
        if len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < MIN_SECRET_LENGTH // 4:
            raise ValueError(f"REGISTRY_SECRET_KEY must be a random text of at least {MIN_SECRET_LENGTH} characters.")
        if not (self.public_url or "").startswith("https://"):
            raise ValueError("REGISTRY_PUBLIC_URL must be the https:// address printed in the certificates' QR codes.")
        return self

    @property
    def training(self) -> bool:
        return self.env is Environment.TRAINING

    @property
    def database(self) -> str:
        """SQLAlchemy URL; the embedded default is an SQLite file under var_dir."""
        if self.database_url is None:
            return f"sqlite:///{(self.var_dir / 'registry.sqlite').absolute()}"
        # A bare postgresql:// means the driver this project installs.
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def url(self) -> str:
        """The address in verification links, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def uses_tls(self) -> bool:
        return self.url.startswith("https://")

    @property
    def authority_words(self) -> dict[str, str]:
        words = {"en": self.authority, "ky": self.authority_ky, "ru": self.authority_ru, "ar": self.authority_ar}
        return {language: text for language, text in words.items() if text}

    @property
    def keys_dir(self) -> Path:
        return self.var_dir / "keys"

    @property
    def prints_dir(self) -> Path:
        return self.var_dir / "prints"

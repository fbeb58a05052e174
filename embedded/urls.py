"""Connection URLs of one instance, in the two dialects in use: libpq's and SQLAlchemy's."""

from urllib.parse import quote, urlsplit, urlunsplit

from embedded.credentials import Credentials
from embedded.failure import SetupError
from embedded.places import Places


def administrator_url(places: Places, credentials: Credentials) -> str:
    """libpq URL of the administrator: LEO_DATABASE_URL, or the embedded server's superuser."""
    if places.database_url is None:
        return f"postgresql://postgres:{quote(credentials.postgres)}@127.0.0.1:{places.ports.postgres}/postgres"
    parts = urlsplit(places.database_url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname or not parts.username:
        raise SetupError("LEO_DATABASE_URL must look like postgresql://administrator:password@host:5432/postgres.")
    return places.database_url


def with_database(url: str, database: str) -> str:
    """The same URL for another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql", path=f"/{quote(database)}"))


def role_url(places: Places, credentials: Credentials, role: str, database: str) -> str:
    """libpq URL of a role with its generated password; host, port and options are the administrator's."""
    parts = urlsplit(administrator_url(places, credentials))
    host = parts.netloc.rpartition("@")[2]
    password = str(getattr(credentials, role))
    parts = parts._replace(scheme="postgresql", netloc=f"{role}:{quote(password)}@{host}", path=f"/{database}")
    return urlunsplit(parts)


def sqlalchemy_url(url: str, driver: str) -> str:
    """The libpq URL as SQLAlchemy reads it, with the driver named (its default differs between versions)."""
    return url.replace("postgresql://", f"postgresql+{driver}://", 1)

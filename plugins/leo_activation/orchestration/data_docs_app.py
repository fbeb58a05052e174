"""The pages of the data docs as an app within Airflow's API server."""

from html import escape
from pathlib import Path

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from leo_activation.sync.data_docs import SITE
from leo_activation.warehouse.connections import TENANT_ID

# The pages are text and their own styles; a browser is told to fetch and to run nothing.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"><title>Data quality</title>'
    "<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem}</style></head><body>"
)


def create_app(folder: Path) -> FastAPI:
    """The app that serves the pages of the tenants below `folder`, and nothing else of it, to logged-in users."""
    app = FastAPI(title="Data docs", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(get_user)])

    @app.get("/")
    def list_tenants(request: Request) -> Response:
        if not request.url.path.endswith("/"):
            # Without the slash the links of the page would lead astray.
            return RedirectResponse(f"{request.url.path}/")
        tenants = sorted(site.parent.name for site in folder.glob(f"*/{SITE}") if (site / "index.html").is_file())
        return HTMLResponse(_front_page(tenants), headers=_HEADERS)

    @app.get("/{tenant}/" + SITE + "/{page:path}")
    def show_page(tenant: str, page: str) -> Response:
        root = (folder / tenant / SITE).resolve()
        file = (root / page).resolve()
        if not (
            TENANT_ID.fullmatch(tenant) and file.is_relative_to(root) and file.suffix == ".html" and file.is_file()
        ):
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such page.")
        return FileResponse(file, media_type="text/html", headers=_HEADERS)

    @app.get("/{tenant}/runs/{sync_run_id}")
    def list_pages_of_run(tenant: str, sync_run_id: int) -> Response:
        site = folder / tenant / SITE
        pages = sorted(site.glob(f"validations/*/run-{sync_run_id}/*/*.html")) if TENANT_ID.fullmatch(tenant) else []
        if not pages:
            raise HTTPException(
                status.HTTP_404_NOT_FOUND,
                "This run was not checked, or so long ago that its pages are gone; ops.sync_run has its counts.",
            )
        return HTMLResponse(
            _run_page(tenant, sync_run_id, [page.relative_to(site).as_posix() for page in pages]), headers=_HEADERS
        )

    return app


def _run_page(tenant: str, sync_run_id: int, pages: list[str]) -> str:
    listed = "".join(
        f'<li><a href="../{SITE}/{escape(page)}">{escape(page.rpartition("/")[2].removesuffix(".html"))}</a></li>'
        for page in pages
    )
    return (
        f"{_HEAD}<h1>Sync run {sync_run_id} of {escape(tenant)}</h1>"
        f"<p>What the check of this run expected of each collection and found, in counts.</p><ul>{listed}</ul>"
        f'<p><a href="../{SITE}/index.html">The latest runs</a></p></body></html>'
    )


def _front_page(tenants: list[str]) -> str:
    links = "".join(f'<li><a href="{escape(each)}/{SITE}/index.html">{escape(each)}</a></li>' for each in tenants)
    return (
        f"{_HEAD}<h1>Data quality</h1>"
        "<p>What each sync expected of the data and what it found, in counts. The latest runs of each tenant.</p>"
        + (f"<ul>{links}</ul>" if links else "<p>No sync has been checked yet.</p>")
        + "</body></html>"
    )

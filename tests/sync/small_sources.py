"""Sources of a few rows, each the smallest sound one with what a test wants changed."""

import csv
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from leo_activation.sources.csv_files import CUSTOMERS, EVENTS, REV

Document = Mapping[str, object]

CUSTOMER: Mapping[str, str] = {
    "customer_id": "1",
    "first_name": "An",
    "last_name": "Le",
    "email": "an@example.com",
    "country": "AT",
    "age": "30",
    "total_spent": "10.50",
    "favorite_color": "red",
    "created_at": "2025-06-01 08:00:00",
}
EVENT: Mapping[str, str] = {
    "event_id": "100",
    "customer_id": "1",
    "event_type": "view",
    "product": "socks",
    "color": "red",
    "price": "9.90",
    "event_timestamp": "2026-02-01 10:00:00.5",
}
METRIC: Document = {"_key": "item-view", "_rev": "m1", "eventName": "item-view", "score": 6}
PRODUCT: Document = {
    "_key": "k1",
    "_rev": "i1",
    "status": 1,
    "productId": "SKU1",
    "title": "Wool socks",
    "categoryName": "Socks",
    "brand": "Chạy Bền",
    "salePrice": 99000,
    "originalPrice": 120000,
    "priceCurrency": "VND",
    "keywords": ["wool"],
}
PROFILE: Document = {
    "_key": "p1",
    "_rev": "r1",
    "status": 1,
    "createdAt": "2025-06-01T08:00:00.000Z",
    "updatedAt": "2026-01-01T08:00:00.000Z",
    "firstName": "Lan",
    "primaryEmail": "lan@example.com",
    "livingCountry": "Vietnam",
    "receiveEmail": 1,
}
TRACKING_EVENT: Document = {
    "_key": "e1",
    "_rev": "v1",
    "createdAt": "2026-02-01T10:00:00.500Z",
    "metricName": "item-view",
    "refProfileId": "p1",
    "refItemId": "SKU1",
}


def write_csv(
    folder: Path, customers: Sequence[Mapping[str, str]] = (CUSTOMER,), events: Sequence[Mapping[str, str]] = (EVENT,)
) -> Path:
    """The two CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for collection, rows in ((CUSTOMERS, customers), (EVENTS, events)):
        with (folder / f"{collection.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [column for column in collection.columns if column != REV])
            writer.writeheader()
            writer.writerows(rows)
    return folder


def write_dump(
    folder: Path,
    *,
    profiles: Sequence[Document] = (PROFILE,),
    events: Sequence[Document] = (TRACKING_EVENT,),
    products: Sequence[Document] = (PRODUCT,),
    metrics: Sequence[Document] = (METRIC,),
    compress: bool = False,
) -> Path:
    """The four collections that are read, as arangodump writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dump.json").write_text(json.dumps({"database": "leo", "lastTickAtDumpStart": "1"}))
    for name, documents in (
        ("cdp_profile", profiles),
        ("cdp_trackingevent", events),
        ("cdp_productitem", products),
        ("cdp_eventmetric", metrics),
    ):
        stem = f"{name}_{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"
        structure = {"indexes": [], "parameters": {"name": name, "type": 2}}
        (folder / f"{stem}.structure.json").write_text(json.dumps(structure))
        content = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents).encode()
        if compress:
            (folder / f"{stem}.data.json.gz").write_bytes(gzip.compress(content))
        else:
            (folder / f"{stem}.data.json").write_bytes(content)
    return folder

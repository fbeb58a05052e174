"""Currency rates: how they are read, which one counts on a day, and that amounts follow them through minor units."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.cli import main
from leo_activation.errors import LeoError, Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.sync.rates import RateCounts, load_rates
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.profiles.people import Person, add_people
from tests.sync.money_rows import DAY, OrderRow, add_orders, add_rate
from tests.sync.stored import rows

DECIMALS = {"VND": 0, "EUR": 2, "USD": 2, "KWD": 3}


def home_amount(
    warehouse: Warehouse, tenant: Tenant, minor: int, currency: str | None, at: datetime | date
) -> int | None:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        [(amount,)] = connection.execute(
            "SELECT core.in_home_currency(%s, %s, %s, %s)", [tenant.tenant_id, minor, currency, at]
        ).fetchall()
    return None if amount is None else int(amount)


def tenant_in(warehouse: Warehouse, tenant: Tenant, currency: str) -> Tenant:
    """The same tenant, whose own currency is another one."""
    changed = Tenant(**{**vars(tenant), "currency": currency, "minor_units": DECIMALS[currency]})
    register_tenant(warehouse, changed)
    return changed


@pytest.mark.parametrize(
    ("home", "currency", "minor", "rate", "expected"),
    [
        ("VND", "EUR", 1050, "27500.5", 288755),  # 10.50 EUR
        ("EUR", "VND", 288755, "0.000036", 1040),  # 10.39518 EUR
        ("KWD", "EUR", 1000, "0.33", 3300),  # 10.00 EUR are 3.300 dinar
        ("EUR", "KWD", 3300, "3.0305", 1000),  # 3.300 dinar are 10.00065 EUR
        ("VND", "KWD", 1, "80000", 80),  # a thousandth of a dinar
        ("KWD", "VND", 1, "0.0000125", 0),  # less than half of a thousandth
        ("EUR", "USD", 1, "0.5", 1),  # half a cent is rounded away from zero
        ("EUR", "USD", -1, "0.5", -1),
        ("EUR", "USD", 3, "0.5", 2),
    ],
)
def test_an_amount_goes_through_minor_units_and_is_rounded_half_away_from_zero(
    warehouse: Warehouse, tenant: Tenant, home: str, currency: str, minor: int, rate: str, expected: int
) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("DELETE FROM core.currency_rate WHERE day = '2010-01-01'")
    add_rate(warehouse, currency, home, date(2010, 1, 1), rate)
    assert home_amount(warehouse, tenant_in(warehouse, tenant, home), minor, currency, date(2010, 1, 1)) == expected


def test_the_tenants_own_currency_needs_no_rate(warehouse: Warehouse, tenant: Tenant) -> None:
    assert home_amount(warehouse, tenant, 1234, "EUR", datetime(1999, 1, 1, tzinfo=UTC)) == 1234


def test_the_latest_rate_within_a_week_counts_and_no_later_one(warehouse: Warehouse, tenant: Tenant) -> None:
    add_rate(warehouse, "USD", "EUR", date(2011, 3, 4), "0.5")
    add_rate(warehouse, "USD", "EUR", date(2011, 3, 8), "0.7")
    first, second = datetime(2011, 3, 4, tzinfo=UTC), datetime(2011, 3, 8, tzinfo=UTC)
    just_before = timedelta(microseconds=1)
    assert home_amount(warehouse, tenant, 100, "USD", first - just_before) is None
    assert home_amount(warehouse, tenant, 100, "USD", first) == 50
    assert home_amount(warehouse, tenant, 100, "USD", second - just_before) == 50
    assert home_amount(warehouse, tenant, 100, "USD", second) == 70
    assert home_amount(warehouse, tenant, 100, "USD", second + timedelta(days=8) - just_before) == 70
    assert home_amount(warehouse, tenant, 100, "USD", second + timedelta(days=8)) is None


def test_a_rate_is_stated_else_reversed_else_through_a_third_currency(warehouse: Warehouse, tenant: Tenant) -> None:
    day = date(2012, 5, 2)
    add_rate(warehouse, "EUR", "VND", day, "27000")
    add_rate(warehouse, "EUR", "USD", day, "1.08")
    vietnamese = tenant_in(warehouse, tenant, "VND")
    assert home_amount(warehouse, vietnamese, 100, "USD", day) == 25000
    add_rate(warehouse, "VND", "USD", day, "0.00005")
    assert home_amount(warehouse, vietnamese, 100, "USD", day) == 20000
    add_rate(warehouse, "USD", "VND", day, "26000")
    assert home_amount(warehouse, vietnamese, 100, "USD", day) == 26000


def test_an_unknown_currency_is_null_and_never_an_amount(warehouse: Warehouse, tenant: Tenant) -> None:
    assert home_amount(warehouse, tenant, 100, "CHF", date(2013, 1, 1)) is None
    assert home_amount(warehouse, tenant, 100, None, date(2013, 1, 1)) is None


@settings(max_examples=30, deadline=None)
@given(
    minor=st.integers(0, 10**12),
    rate=st.decimals("0.000001", "100000", places=6, allow_nan=False, allow_infinity=False),
    pair=st.sampled_from([("VND", "EUR"), ("EUR", "VND"), ("KWD", "EUR"), ("EUR", "KWD"), ("VND", "KWD")]),
)
def test_any_amount_is_what_decimal_arithmetic_says(
    warehouse: Warehouse, minor: int, rate: Decimal, pair: tuple[str, str]
) -> None:
    currency, home = pair
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("DELETE FROM core.currency_rate WHERE day = '2014-01-01'")
        connection.execute(
            "INSERT INTO ops.tenant (tenant_id, name, currency, minor_units, interest_model) "
            "VALUES (%s, 'money', %s, %s, 'event_weight') ON CONFLICT DO NOTHING",
            [f"money_{home.lower()}", home, DECIMALS[home]],
        )
    add_rate(warehouse, currency, home, date(2014, 1, 1), str(rate))
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        [(found,)] = connection.execute(
            "SELECT core.in_home_currency(%s, %s, %s, '2014-01-01')", [f"money_{home.lower()}", minor, currency]
        ).fetchall()
    amount = Decimal(minor).scaleb(-DECIMALS[currency]) * rate
    assert found == int(amount.scaleb(DECIMALS[home]).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def test_totals_lack_what_has_no_rate_and_say_so(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    add_rate(warehouse, "USD", "EUR", DAY.date(), "0.9")
    add_orders(
        warehouse,
        tenant.tenant_id,
        [
            OrderRow("p1", "purchase", value=1000),
            OrderRow("p2", "purchase", order_id="o2", value=1000, currency="USD"),
            OrderRow("p3", "purchase", order_id="o3", value=1000, currency="CHF"),
            OrderRow("r3", "return", order_id="o2", quantity=1, currency="USD"),
            OrderRow("p4", "purchase", order_id="o4", value=1001, currency="USD"),
        ],
    )
    assert rows(
        warehouse,
        tenant,
        "SELECT order_ref, currency, net_value_minor, home_net_minor, items_without_rate FROM core.order ORDER BY 1",
    ) == [("o1", "EUR", 1000, 1000, 0), ("o2", "USD", 0, 0, 0), ("o3", "CHF", 1000, 0, 1), ("o4", "USD", 1001, 901, 0)]
    assert rows(warehouse, tenant, "SELECT orders, net_spent_minor, orders_without_rate FROM core.customer_total") == [
        (3, 1901, 1)
    ]


RATES = "date,from,to,rate\n2015-01-02,USD,EUR,0.8\n2015-01-02,USD,VND,21000\n"


def test_loading_adds_and_corrects_and_a_second_time_writes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(RATES)
    assert load_rates(warehouse, file, source="a bank") == RateCounts(read=2, added=2, corrected=0)
    stored = "SELECT xmin::text, rate, source FROM core.currency_rate WHERE day = '2015-01-02' ORDER BY to_currency"
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        before = connection.execute(stored).fetchall()
    assert load_rates(warehouse, file, source="another") == RateCounts(read=2, added=0, corrected=0)
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        assert connection.execute(stored).fetchall() == before
    file.write_text(RATES.replace("0.8", "0.81"))
    assert load_rates(warehouse, file, source="another") == RateCounts(read=2, added=0, corrected=1)
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        assert [row[1:] for row in connection.execute(stored)] == [(Decimal("0.81"), "another"), (21000, "a bank")]


def test_the_history_of_the_central_bank_is_read(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "eurofxref-hist.csv"
    file.write_text("Date,USD,JPY,CYP,\n2016-02-03,1.0933,130.35,N/A,\n2016-02-02,1.0919,131.55,N/A,\n")
    assert load_rates(warehouse, file, source="ECB").added == 4
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        found = connection.execute(
            "SELECT from_currency, to_currency, rate FROM core.currency_rate WHERE day = '2016-02-03' ORDER BY 2"
        ).fetchall()
        [(yen_in_dollars,)] = connection.execute("SELECT round(core.rate_on('JPY', 'USD', '2016-02-06'), 8)").fetchall()
    assert found == [("EUR", "JPY", Decimal("130.35")), ("EUR", "USD", Decimal("1.0933"))]
    assert yen_in_dollars == (Decimal("1.0933") / Decimal("130.35")).quantize(Decimal("1e-8"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("day,from,to,rate\n", "begins with neither"),
        ("", "begins with neither"),
        (f"{RATES}2015-13-02,USD,EUR,0.8\n", "'2015-13-02' on line 4 of rates.csv is no day"),
        (f"{RATES}2015-01-03,usd,EUR,0.8\n", "'usd' on line 4 of rates.csv is no currency"),
        (f"{RATES}2015-01-03,EUR,EUR,1\n", "On line 4 of rates.csv EUR is exchanged for itself"),
        (f"{RATES}2015-01-03,USD,EUR,0\n", "'0' on line 4 of rates.csv is no rate"),
        (f"{RATES}2015-01-03,USD,EUR,-1\n", "'-1' on line 4 of rates.csv is no rate"),
        (f"{RATES}2015-01-03,USD,EUR,NaN\n", "'NaN' on line 4 of rates.csv is no rate"),
        (f"{RATES}2015-01-03,USD,EUR,1e999999\n", "'1e999999' on line 4 of rates.csv is no rate"),
        (f"{RATES}2015-01-03,USD,EUR\n", "There are 3 fields on line 4"),
        (f"{RATES}2015-01-02,USD,EUR,0.9\n", "twice for one day"),
        ("Date,USD,\n2015-01-02,1.1,\nyesterday,1.1,\n", "'yesterday' on line 3"),
    ],
)
def test_a_file_with_a_wrong_line_loads_nothing(warehouse: Warehouse, tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(text.replace("2015-01-02", "2015-06-02"))
    with pytest.raises(Permanent, match=problem):
        load_rates(warehouse, file, source="a bank")
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        assert connection.execute("SELECT FROM core.currency_rate WHERE day = '2015-06-02'").fetchall() == []


def test_a_file_that_is_no_text_is_an_error_of_ours(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_bytes(b"date,from,to,rate\n2015-01-02,USD,\xff\xfe,1\n")
    with pytest.raises(LeoError, match="cannot be read"):
        load_rates(warehouse, file, source="a bank")


def test_the_command_loads_a_file_and_answers_in_json(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("date,from,to,rate\n2017-01-02,USD,EUR,0.95\n")
    environment = {f"LEO_{role.name}_URL": warehouse.urls[role] for role in DatabaseRole}
    result = CliRunner(env=environment).invoke(main, ["rates", "load", str(file)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"read": 1, "added": 1, "corrected": 0}
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        assert connection.execute("SELECT source FROM core.currency_rate WHERE day = '2017-01-02'").fetchall() == [
            ("rates.csv",)
        ]

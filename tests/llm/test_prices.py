from decimal import Decimal

from genai_prices import Usage, calc_price

from leo_activation.llm.prices import price_list


def test_a_cost_is_rounded_up_to_a_millionth_of_a_dollar() -> None:
    assert price_list().cost_micro_usd("google:gemini-2.5-flash-lite", 1, 0) == 1
    assert price_list().cost_micro_usd("google:gemini-2.5-flash-lite", 1_000_000, 1_000_000) == 500_000


def test_an_unknown_price_is_not_zero_and_a_machine_of_ones_own_is() -> None:
    assert price_list().cost_micro_usd("google:gemini-99", 1000, 1000) is None
    assert price_list().cost_micro_usd("ollama:functiongemma", 1000, 1000) == 0


def test_the_list_agrees_with_the_installed_copy_of_the_published_prices() -> None:
    for name, price in price_list().prices.items():
        provider, _, model = name.partition(":")
        usage = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
        published = calc_price(usage, model_ref=model, provider_id=provider)
        assert (published.input_price, published.output_price) == (price.input, price.output), name
        assert price.output > Decimal(0)

"""A model from the environment, for programs that run without Airflow.

`LEO_LLM_MODEL` names it as `provider:name`, `LEO_LLM_BASE_URL` points it elsewhere than at the provider's own
address (a proxy, an Ollama server, the sandbox). Several, separated by commas in both, are a chain: the next is asked
where one cannot serve.
"""

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, infer_model
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.providers import Provider, infer_provider_class

from leo_activation.errors import Configuration
from leo_activation.settings import Settings

KEY_VARIABLES: dict[str, str | None] = {
    "google": "GOOGLE_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "ollama": None,
}
"""The providers that can be named, each with the variable that holds its key; Ollama has none.

`openai` speaks OpenAI's Responses API, `openai-chat` the older one that other servers offer too.
"""


def model_from(settings: Settings) -> Model:
    """The model that the environment names, a chain where it names several.

    Raises:
        Configuration: no name, an unknown provider, its key or address is missing, or not one address to each name.
    """
    names = settings.require("LEO_LLM_MODEL")
    chain = [name.strip() for name in names.split(",")]
    base_urls = [url.strip() for url in (settings.optional("LEO_LLM_BASE_URL") or "," * (len(chain) - 1)).split(",")]
    if len(base_urls) != len(chain):
        raise Configuration(
            f"LEO_LLM_BASE_URL has {len(base_urls)} addresses for {len(chain)} models in LEO_LLM_MODEL; write one for "
            "each, separated by commas, and nothing where the provider's own is meant."
        )
    first, *others = [_model(settings, name, base_url) for name, base_url in zip(chain, base_urls, strict=True)]
    return FallbackModel(first, *others) if others else first


def _model(settings: Settings, name: str, base_url: str) -> Model:
    provider, _, model_name = name.partition(":")
    if provider not in KEY_VARIABLES or not model_name:
        known = ", ".join(f"{known}:…" for known in KEY_VARIABLES)
        raise Configuration(f"LEO_LLM_MODEL is '{name}'; it must be one of {known}.")
    arguments: dict[str, str] = {}
    key_variable = KEY_VARIABLES[provider]
    if key_variable is not None:
        arguments["api_key"] = settings.require(key_variable)
    if base_url:
        arguments["base_url"] = base_url

    def make_provider(provider_name: str) -> Provider[object]:
        return infer_provider_class(provider_name)(**arguments)

    try:
        return infer_model(name, provider_factory=make_provider)
    except UserError as error:
        raise Configuration(f"The model '{name}' cannot be used: {error}") from error

"""A stand-in for OpenAI's API, as OpenAI, Ollama and vLLM offer it: chat completions, responses, models."""

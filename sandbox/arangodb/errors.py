"""ArangoDB's errors: the number, the HTTP status that goes with it, and the text that the server gives."""

from collections.abc import Mapping

BAD_PARAMETER = 400
FORBIDDEN = 11
UNAUTHORIZED = 401
UNKNOWN_PATH = 404
METHOD_NOT_ALLOWED = 405
CORRUPTED_JSON = 600
INTERNAL = 4
TYPE_ERROR = 17
RESOURCE_LIMIT = 32
SERVICE_UNAVAILABLE = 503
READ_ONLY = 1004
CONFLICT = 1200
DOCUMENT_NOT_FOUND = 1202
COLLECTION_NOT_FOUND = 1203
DUPLICATE_NAME = 1207
ILLEGAL_NAME = 1208
UNIQUE_CONSTRAINT_VIOLATED = 1210
INDEX_NOT_FOUND = 1212
COLLECTION_TYPE_INVALID = 1218
DOCUMENT_KEY_BAD = 1221
DOCUMENT_KEY_UNEXPECTED = 1222
DOCUMENT_TYPE_INVALID = 1227
DATABASE_NOT_FOUND = 1228
DATABASE_NAME_INVALID = 1229
USE_SYSTEM_DATABASE = 1230
INVALID_EDGE_ATTRIBUTE = 1233
QUERY_PARSE = 1501
QUERY_EMPTY = 1502
NUMBER_OUT_OF_RANGE = 1504
VARIABLE_REDECLARED = 1511
FUNCTION_NAME_UNKNOWN = 1540
FUNCTION_ARGUMENT_NUMBER_MISMATCH = 1541
BIND_PARAMETER_MISSING = 1551
BIND_PARAMETER_UNDECLARED = 1552
BIND_PARAMETER_TYPE = 1553
ARRAY_EXPECTED = 1563
FUNCTION_NOT_FOUND = 1582
CURSOR_NOT_FOUND = 1600
DUPLICATE_USER = 1702
USER_NOT_FOUND = 1703

_KNOWN: Mapping[int, tuple[int, str]] = {
    BAD_PARAMETER: (400, "bad parameter"),
    FORBIDDEN: (403, "forbidden"),
    UNAUTHORIZED: (401, "Wrong credentials"),
    UNKNOWN_PATH: (404, "not found"),
    METHOD_NOT_ALLOWED: (405, "method not supported"),
    CORRUPTED_JSON: (400, "invalid JSON object"),
    INTERNAL: (500, "internal error"),
    TYPE_ERROR: (400, "type error"),
    RESOURCE_LIMIT: (500, "resource limit exceeded"),
    SERVICE_UNAVAILABLE: (503, "service unavailable"),
    READ_ONLY: (403, "read only"),
    CONFLICT: (412, "conflict, _rev values do not match"),
    DOCUMENT_NOT_FOUND: (404, "document not found"),
    COLLECTION_NOT_FOUND: (404, "collection or view not found"),
    DUPLICATE_NAME: (409, "duplicate name"),
    ILLEGAL_NAME: (400, "illegal name"),
    UNIQUE_CONSTRAINT_VIOLATED: (409, "unique constraint violated"),
    INDEX_NOT_FOUND: (404, "index not found"),
    COLLECTION_TYPE_INVALID: (400, "collection type invalid"),
    DOCUMENT_KEY_BAD: (400, "illegal document key"),
    DOCUMENT_KEY_UNEXPECTED: (400, "unexpected document key"),
    DOCUMENT_TYPE_INVALID: (400, "invalid document type"),
    DATABASE_NOT_FOUND: (404, "database not found"),
    DATABASE_NAME_INVALID: (400, "database name invalid"),
    USE_SYSTEM_DATABASE: (403, "operation only allowed in system database"),
    INVALID_EDGE_ATTRIBUTE: (400, "edge attribute missing or invalid"),
    QUERY_PARSE: (400, "query parse error"),
    QUERY_EMPTY: (400, "query is empty"),
    NUMBER_OUT_OF_RANGE: (400, "number is out of range"),
    VARIABLE_REDECLARED: (400, "variable is assigned multiple times"),
    FUNCTION_NAME_UNKNOWN: (400, "usage of unknown function"),
    FUNCTION_ARGUMENT_NUMBER_MISMATCH: (400, "invalid number of arguments for function"),
    BIND_PARAMETER_MISSING: (400, "no value specified for declared bind parameter"),
    BIND_PARAMETER_UNDECLARED: (400, "bind parameter was not declared in the query"),
    BIND_PARAMETER_TYPE: (400, "bind parameter has an invalid value or type"),
    ARRAY_EXPECTED: (400, "array expected"),
    FUNCTION_NOT_FOUND: (404, "user function not found"),
    CURSOR_NOT_FOUND: (404, "cursor not found"),
    DUPLICATE_USER: (409, "duplicate user"),
    USER_NOT_FOUND: (404, "user not found"),
}


class ArangoError(Exception):
    """An answer that is an error.

    number: ArangoDB's errorNum.
    status: the HTTP status.
    """

    def __init__(self, number: int, message: str | None = None, *, status: int | None = None) -> None:
        """By default the status and the text that ArangoDB gives for the number."""
        known_status, known_message = _KNOWN[number]
        self.number = number
        self.status = known_status if status is None else status
        self.message = known_message if message is None else message
        super().__init__(self.message)

    def body(self) -> dict[str, object]:
        """The JSON that goes out."""
        return {"code": self.status, "error": True, "errorMessage": self.message, "errorNum": self.number}

    def part(self) -> dict[str, object]:
        """The JSON for one document of several."""
        return {"error": True, "errorMessage": self.message, "errorNum": self.number}


def unauthorized() -> ArangoError:
    """The answer to a request without valid credentials."""
    return ArangoError(FORBIDDEN, "not authorized to execute this request", status=401)

"""Services behind HTTP as source and as destination."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from common.errors import InvalidInput
from connections.drivers.rest_patience import Patience
from connections.drivers.rest_read import Paging, ResponseType, RestRead
from connections.drivers.rest_records import RAW_COLUMNS, compiled_path
from connections.drivers.rest_write import (
    BodyFormat,
    Method,
    RestWrite,
    is_per_record,
    placeholders,
)
from engine import texts
from engine.catalog.base import ConnectionCategory
from engine.catalog.destinations import Mapped
from engine.catalog.http import HttpRequest, filled, filled_headers, is_address
from engine.catalog.sources import Listed, outgoing
from engine.scope import Scope
from engine.stages import AnswerFolder, Outcome, ReadRest, WriteRest

_VARIABLES: dict[str, Any] = {"variables": True}
_MEGABYTE = 1024 * 1024


class RestApiSource(HttpRequest, Listed):
    """Reads the answers of an HTTP service: records of a JSON document, JSON lines, or the raw
    answer. With a REST connection the url is a path below its base address, and its credentials are
    sent. A field's name is a member of the record, a way into it such as owner.id, or a JSONPath
    beginning with $; what a record does not have is NULL. Pages are followed by Link headers, page
    numbers, offsets or cursors. After 429 and 5xx the request is sent again, waiting as the service
    asks for.
    """

    type_name: ClassVar[str] = "rest_api_source"
    class_name: ClassVar[str] = "RestApiSource"
    example: ClassVar[dict[str, Any]] = {
        "name": "customers",
        "url": "https://api.example.com/customers",
        "base_record_jsonpath": "$.data[*]",
        "use_pagination": True,
        "pagination_scheme": "page_number",
        "schema": {
            "fields": [
                {"name": "id", "alias": "id", "type": "long"},
                {"name": "address.city", "alias": "city", "type": "string"},
            ]
        },
    }

    method: Literal["GET", "POST", "PUT", "PATCH"] = Field(
        default="GET", description="The HTTP method."
    )
    body: str = Field(
        default="",
        max_length=1_000_000,
        description="What is sent with each request; nothing when empty.",
        json_schema_extra=_VARIABLES,
    )
    body_format: Literal["json", "text"] = Field(
        default="json", description="How variables enter the body, and its content type."
    )
    response_type: ResponseType = Field(
        default="json",
        description="json: records of a document. line_delimited_json: a record a line. raw: a row"
        " for each answer, with the fields status, body and headers.",
    )
    base_record_jsonpath: str = Field(
        default="",
        max_length=1_000,
        description="JSONPath to the records, such as $.data[*]; empty for a list or one object.",
    )
    use_pagination: bool = Field(default=False, description="Go on to the following pages.")
    pagination_scheme: Literal[
        "automatic", "link_headers", "page_number", "offset_limit", "cursor"
    ] = Field(
        default="automatic",
        description="automatic follows Link headers, else a next URL in the document. Numbers and"
        " offsets end with the first page without records, cursors with the first empty one.",
    )
    page_parameter: str = Field(
        default="page", min_length=1, max_length=100, description="For page_number."
    )
    first_page: int = Field(default=1, ge=0, description="For page_number: the first number.")
    offset_parameter: str = Field(
        default="offset", min_length=1, max_length=100, description="For offset_limit."
    )
    limit_parameter: str = Field(
        default="limit", min_length=1, max_length=100, description="For offset_limit."
    )
    page_size: int = Field(
        default=100, ge=1, le=100_000, description="For offset_limit: records asked for at once."
    )
    cursor_parameter: str = Field(
        default="cursor", min_length=1, max_length=100, description="For cursor."
    )
    cursor_jsonpath: str = Field(
        default="",
        max_length=1_000,
        description="For cursor: JSONPath to the next cursor, such as $.meta.next_cursor.",
    )
    sleep_interval_ms: int = Field(
        default=0, ge=0, le=60_000, description="Milliseconds to wait between requests."
    )
    max_requests: int | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="Most pages to ask for; 0 and 1 are one, without it all of them.",
    )
    fail_on_status: int = Field(
        default=400, ge=200, le=600, description="The least status that fails the run."
    )
    max_retries: int = Field(
        default=3, ge=0, le=10, description="How often one request is sent again."
    )
    timeout_s: float = Field(
        default=60, gt=0, le=600, description="Seconds until a whole answer must be there."
    )
    max_response_mb: int = Field(
        default=64, ge=1, le=512, description="Largest answer, in megabytes."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        columns = self.columns(scope)
        url = filled(scope, texts.fill_url, self.url, "url")
        headers = filled_headers(scope, self.headers)
        body = self._body(scope)
        paging = self._paging(scope)
        is_sound = self._paths_are_sound(scope)
        if columns is None:
            return None
        fields = outgoing(columns, "string")
        if self.response_type == "raw":
            for column in columns:
                if column.name not in RAW_COLUMNS:
                    words = f"A raw answer has no field '{column.name[:80]}'."
                    hint = f"It has {', '.join(RAW_COLUMNS)}."
                    scope.report("unknown_input_field", "schema.fields", words, hint)
                    is_sound = False
        if url is None or headers is None or body is None or not is_sound:
            return Outcome(fields, None)
        if not is_address(scope, self.connection_id, url):
            return Outcome(fields, None)
        if body and self.body_format == "json":
            headers = {"Content-Type": "application/json", **headers}
        request = RestRead(
            url=url,
            method=self.method,
            headers=headers,
            body=body.encode() if body else None,
            response_type=self.response_type,
            record_path=self.base_record_jsonpath,
            paging=paging,
            sleep_seconds=self.sleep_interval_ms / 1000,
            max_requests=self.max_requests,
            patience=Patience(self.max_retries, fail_on_status=self.fail_on_status),
            timeout_seconds=self.timeout_s,
            max_bytes=self.max_response_mb * _MEGABYTE,
        )
        return Outcome(fields, ReadRest(self.connection_id, request, columns))

    def _body(self, scope: Scope) -> str | None:
        if not self.body:
            return ""
        filler = texts.fill_json_text if self.body_format == "json" else texts.fill
        return filled(scope, filler, self.body, "body")

    def _paging(self, scope: Scope) -> Paging | None:
        if not self.use_pagination:
            return None
        return Paging(
            scheme=self.pagination_scheme,
            page_parameter=self.page_parameter,
            first_page=self.first_page,
            offset_parameter=self.offset_parameter,
            limit_parameter=self.limit_parameter,
            page_size=self.page_size,
            cursor_parameter=self.cursor_parameter,
            cursor_path=self.cursor_jsonpath,
        )

    def _paths_are_sound(self, scope: Scope) -> bool:
        sound = True
        if self.use_pagination and self.pagination_scheme == "cursor" and not self.cursor_jsonpath:
            words = "cursor_jsonpath is required when pagination_scheme is cursor."
            scope.report("missing_required_property", "cursor_jsonpath", words)
            sound = False
        places = {
            "base_record_jsonpath": self.base_record_jsonpath,
            "cursor_jsonpath": self.cursor_jsonpath,
            **{
                f"schema.fields[{index}].name": part.name
                for index, part in enumerate(self.schema_.fields)
                if part.name.startswith("$")
            },
        }
        for place, path in places.items():
            try:
                if path:
                    compiled_path(path)
            except InvalidInput as error:
                scope.report("invalid_property_value", place, error.message)
                sound = False
        return sound

    def location(self) -> str | None:
        return self.url


class RestApiDestination(HttpRequest, Mapped):
    """Sends rows to an HTTP service, a request for each record or for each batch of them. #{field}
    in url, headers and custom_payload is the record's field; then every record has a request of its
    own. Nothing is sent before everything upstream has succeeded. What was sent cannot be taken
    back: a run whose process dies while it is sending fails, unless repeatable says that sending
    again does no harm.
    """

    type_name: ClassVar[str] = "rest_api_destination"
    class_name: ClassVar[str] = "RestApiDestination"
    other_connections: ClassVar[Mapping[str, ConnectionCategory]] = {
        "responses_connection_id": "cloud_storage"
    }
    example: ClassVar[dict[str, Any]] = {
        "name": "crm",
        "url": "https://api.example.com/customers",
        "method": "POST",
        "batch_size": 100,
        "nested_attribute": "customers",
    }

    method: Method = Field(default="POST", description="The HTTP method.")
    url: str = Field(
        min_length=1,
        max_length=4_000,
        description="URL, or with a connection a path below its base address; may hold #{field}.",
        json_schema_extra=_VARIABLES,
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        description="Headers by name, may hold #{field}; credentials belong into a connection.",
        json_schema_extra=_VARIABLES,
    )
    body_format: BodyFormat = Field(
        default="json", description="How records are written; the forms take one record each."
    )
    custom_payload: str = Field(
        default="",
        max_length=100_000,
        description='JSON to send instead of the record, such as {"id": "#{id}"}.',
        json_schema_extra=_VARIABLES,
    )
    nested_attribute: str = Field(
        default="", max_length=128, description="Wrap the record, or the list of them, in this."
    )
    batch_size: int = Field(
        default=1, ge=1, le=10_000, description="Records in one request; more than 1 makes a list."
    )
    stop_on_error: bool = Field(
        default=True, description="An answer that is not 2xx fails the run; else it is a warning."
    )
    repeatable: bool = Field(
        default=False, description="Sending the same records twice does no harm."
    )
    max_retries: int = Field(
        default=3,
        ge=0,
        le=10,
        description="How often a request is sent again: after 429 and 503; after other 5xx and"
        " broken exchanges only with PUT, DELETE, GET or repeatable.",
    )
    sleep_interval_ms: int = Field(
        default=0, ge=0, le=60_000, description="Milliseconds to wait between requests."
    )
    timeout_s: float = Field(
        default=60, gt=0, le=600, description="Seconds until a whole answer must be there."
    )
    save_responses: bool = Field(
        default=False,
        description="Save every answer, refusals too, in the file responses-<run id>.csv: url, code"
        " and the first 32,000 characters of the body.",
    )
    responses_connection_id: int | None = Field(
        default=None, gt=0, description="The file storage connection for save_responses."
    )
    responses_bucket: str | None = Field(
        default=None,
        max_length=255,
        description="The bucket, in an object store; the connection's own when empty.",
        json_schema_extra=_VARIABLES,
    )
    responses_path: str = Field(
        default="",
        max_length=1_024,
        description="Folder of the file; the connection's own when empty.",
        json_schema_extra=_VARIABLES,
    )

    def compile(self, scope: Scope) -> Outcome | None:
        mapping = self.mapping(scope)
        url = filled(scope, texts.fill_url, self.url, "url")
        headers = filled_headers(scope, self.headers)
        payload = self._payload(scope)
        answers = self._answers(scope)
        if mapping is None or url is None or headers is None or payload is None:
            return None
        query, columns = mapping
        target = RestWrite(
            url=url,
            method=self.method,
            headers=headers,
            body_format=self.body_format,
            custom_payload=payload,
            nested_attribute=self.nested_attribute,
            batch_size=self.batch_size,
            stop_on_error=self.stop_on_error,
            repeatable=self.repeatable,
            max_retries=self.max_retries,
            sleep_seconds=self.sleep_interval_ms / 1000,
            timeout_seconds=self.timeout_s,
            json_fields=frozenset(f.name for f in columns if f.type in ("json", "json_array")),
        )
        names = {field.name for field in columns}
        if not self._fits(scope, target, names):
            return None
        if not is_address(scope, self.connection_id, url):
            return None
        return Outcome(columns, WriteRest(self.connection_id, query, target, answers))

    def _answers(self, scope: Scope) -> AnswerFolder | None:
        """None when none are saved, or after a finding."""
        if not self.save_responses:
            return None
        folder = scope.text(self.responses_path, "responses_path")
        bucket = scope.text(self.responses_bucket or "", "responses_bucket")
        number = self.responses_connection_id
        if number is None:
            words = "responses_connection_id is required when save_responses is on."
            scope.report("missing_required_property", "responses_connection_id", words)
        if number is None or folder is None:
            return None
        parts = [part for part in folder.split("/") if part not in ("", ".")]
        if ".." in parts or folder.startswith(("/", "~")):
            words = "responses_path must be a folder below that of the connection."
            scope.report("invalid_property_value", "responses_path", words)
        return AnswerFolder(number, "/".join(parts), bucket or None)

    def _payload(self, scope: Scope) -> str | None:
        if not self.custom_payload:
            return ""
        return filled(scope, texts.fill_json_text, self.custom_payload, "custom_payload")

    def _fits(self, scope: Scope, target: RestWrite, names: set[str]) -> bool:
        fits = True
        for missing in sorted(placeholders(target) - names):
            words = f"No field '{missing}' is sent, but #{{{missing}}} asks for it."
            hint = f"The fields are {', '.join(sorted(names))}."
            scope.report("unknown_input_field", "url", words, hint)
            fits = False
        if target.custom_payload and self.body_format != "json":
            words = "A custom_payload is JSON, so body_format must be json."
            scope.report("invalid_property_value", "body_format", words)
            fits = False
        if self.batch_size > 1 and is_per_record(target):
            scope.report(
                "invalid_property_value",
                "batch_size",
                "Every record has a request of its own here, so batch_size has no effect.",
                "Forms, #{field} and custom_payload need one request for each record.",
                severity="warning",
            )
        return fits

    def location(self) -> str | None:
        return self.url

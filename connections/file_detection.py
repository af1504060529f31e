"""Finding out the columns of one file, whatever it holds, by looking at a bounded part of it."""

from dataclasses import replace
from functools import partial

from connections.delimited import delimited_columns
from connections.drivers.base import FileDriver, FileInfo
from connections.file_columns import FileColumns, FileOptions
from connections.file_sample import MAX_SAMPLE_BYTES, sample_of, text_of
from connections.json_records import json_columns
from connections.parquet_footer import is_parquet, parquet_columns

_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")


def columns_of_file(driver: FileDriver, file: FileInfo, options: FileOptions) -> FileColumns:
    """The columns of a file that `list_files` named.

    Without a record type, Parquet is known by its first and last bytes, JSON by the file's name,
    and everything else is delimited. Raises InvalidInput for what cannot be read so.
    """
    read = partial(driver.read_part, file.path)
    kind = options.record_type
    if kind == "parquet" or (kind is None and is_parquet(file.size_bytes, read)):
        return parquet_columns(file.path, file.size_bytes, read, options)
    head = read(0, MAX_SAMPLE_BYTES)
    sample = sample_of(file.path, head, is_whole=len(head) >= file.size_bytes)
    content, encoding = text_of(sample, options.char_encoding)
    options = replace(options, char_encoding=encoding)
    if kind == "json" or (kind is None and _is_named_json(file.path)):
        return json_columns(file.path, content, options, is_whole=sample.is_whole)
    return delimited_columns(file.path, content, options, is_whole=sample.is_whole)


def _is_named_json(path: str) -> bool:
    return path.lower().removesuffix(".gz").endswith(_JSON_ENDINGS)

"""The same cases through Python's parsers: each says the parts as (name, is_file, data), or raises."""

import logging

import multipart
import python_multipart

logging.disable()


def read_with_multipart(content_type, body):
    kind, options = multipart.parse_options_header(content_type.decode("latin-1"))
    if kind != "multipart/form-data":
        raise ValueError("not multipart/form-data")
    parts = []
    parser = multipart.PushMultipartParser(options["boundary"], header_charset="latin-1")
    with parser:
        for event in parser.parse(body):
            if isinstance(event, multipart.MultipartSegment):
                parts.append((event.name, event.filename is not None, bytearray()))
            elif event is not None:
                parts[-1][2].extend(event)
    return [(name, is_file, bytes(data)) for name, is_file, data in parts]


def read_with_python_multipart(content_type, body):
    parts = []

    def on_field(field):
        parts.append((field.field_name.decode("latin-1"), False, field.value or b""))

    def on_file(file):
        file.file_object.seek(0)
        parts.append((file.field_name.decode("latin-1"), True, file.file_object.read()))

    parser = python_multipart.create_form_parser({"Content-Type": content_type}, on_field, on_file)
    parser.write(body)
    parser.finalize()
    parser.close()
    return parts


READERS = {"multipart": read_with_multipart, "python-multipart": read_with_python_multipart}

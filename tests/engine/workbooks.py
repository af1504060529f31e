"""Archives and Excel workbooks made by hand, so that no library of the product has a part in it."""

import io
import zipfile


def zipped(entries, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook(sheets):
    """A minimal workbook, made by hand: name of a sheet to rows of cells in XML."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/><Default '
        'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument'
        '/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    }
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{main}" xmlns:r="{rels}"><sheets>{listed}</sheets></workbook>'
    )
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/>'
        "</cellXfs></styleSheet>"
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{rels}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="s" Type="{rels}/styles" Target="styles.xml"/>'
    parts["xl/_rels/workbook.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{links}</Relationships>"
    )
    for n, rows in enumerate(sheets.values(), 1):
        inside = "".join(f'<row r="{r}">{"".join(cells)}</row>' for r, cells in enumerate(rows, 1))
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{inside}</sheetData></worksheet>'
        )
    return zipped(parts)


def text_cell(place, value):
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def number_cell(place, value, style=0):
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


SHEET = [
    [text_cell("A1", "id"), text_cell("B1", "Name"), text_cell("C1", "at"), text_cell("D1", "n")],
    [number_cell("A2", 7), text_cell("B2", "ä"), number_cell("C2", 45351.5, 1),
     number_cell("D2", 0.1)],
    [],
    [number_cell("A4", 12345678901), number_cell("B4", 12), number_cell("D4", -2.5)],
]  # fmt: skip

"""Numbers, durations and sizes as people read them. Source: design, section 8."""

EXACT_BELOW = 10_000_000
MILLISECONDS_BELOW_SECONDS = 0.0995
_WORDS = ((1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"))
_BYTE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def number(value: int) -> str:
    """27,004; from ten million on two figures and a word: 1.2 billion."""
    if abs(value) < EXACT_BELOW:
        return f"{value:,}"
    size, word = next(pair for pair in _WORDS if abs(value) >= pair[0])
    scaled = value / size
    if abs(scaled) < 10:
        return f"{scaled:.1f} {word}"
    rounded = round(scaled, -1) if abs(scaled) >= 100 else round(scaled)
    return f"{rounded:.0f} {word}"


def duration(seconds: float, *, ended: bool = True) -> str:
    """38 ms, 1.4 s, 2 min 06 s, 1 h 04 min; whole seconds while it has not ended."""
    if ended and seconds < MILLISECONDS_BELOW_SECONDS:
        return f"{round(seconds * 1000)} ms"
    if ended and round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds) if ended else int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def file_size(size_bytes: int) -> str:
    """Decimal units: 912 B, 21 kB, 2.1 MB."""
    value, unit = float(size_bytes), 0
    while value >= 999.5 and unit < len(_BYTE_UNITS) - 1:
        value /= 1000
        unit += 1
    decimals = 1 if unit and value < 9.95 else 0
    return f"{value:.{decimals}f} {_BYTE_UNITS[unit]}"


def plural(count: int, word: str) -> str:
    """ "1 package", "2 packages" """
    return f"{number(count)} {word}{'' if count == 1 else 's'}"

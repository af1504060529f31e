"""Spark, Hadoop, Pig and the Java machine below them, and what our platform says of itself."""

from runs.patterns.base import Pattern, row

JAVA: tuple[Pattern, ...] = (
    row(
        60,
        "java_memory",
        "memory",
        r"\bOutOfMemoryError|GC overhead limit exceeded|Java heap space",
        "Use more nodes, filter earlier, and avoid replicated and cross joins.",
        severity="exception",
    ),
    row(
        61,
        "container_memory",
        "memory",
        r"killed by YARN for exceeding|\bexit (code|status):? 137\b|\bOOMKilled\b"
        r"|running beyond (physical|virtual) memory limits",
        "Use more nodes, filter earlier, and make the partitions smaller.",
        severity="FATAL",
    ),
    row(
        64,
        "pig_unknown_function",
        "expression",
        r"\bERROR 1070\b|Could not resolve .* using imports",
        "There is no such function: check its name.",
    ),
    row(
        63,
        "pig_expression",
        "expression",
        r"\bERROR (1000|1025)\b|\bError during parsing\b|Invalid field projection",
        "Validate the package, and correct the expression or the name of the field.",
    ),
    row(
        65,
        "java_type",
        "type",
        r"\bClassCastException|\bNumberFormatException",
        "Cast the field explicitly, and look for the odd rows with a filter.",
        severity="exception",
    ),
    row(
        62,
        "spark_lost_work",
        "resource",
        r"FetchFailedException|ExecutorLostFailure|No space left on device",
        "Look for skewed keys and full disks, then retry.",
        severity="exception",
    ),
)

PLATFORM: tuple[Pattern, ...] = (
    row(
        79,
        "undefined_variable",
        "config",
        r"\bThe variable \$\S+ is not defined|\bThe variables .* go in a circle"
        r"|\bundefined (parameter|variable)|\bunresolved (variable )?\$",
        "Define the variable on the package, or pass it to run_package.",
    ),
    row(
        81,
        "stopped_by_user",
        "user",
        r"^(The )?(run )?(was )?stopped by (the )?user\b|: cancelled while waiting\.$",
        "Somebody stopped the run. Run it again when it is wanted.",
    ),
    row(
        80,
        "assertion",
        "assertion",
        r"\bassertion (failed|violated)",
        "The source holds rows that the package refuses; preview it with the opposite condition.",
        tool="preview_data",
    ),
    row(
        77,
        "worker_lost",
        "platform",
        r"\bworker (\S+ )?was lost|\bworker lost\b|\bcluster (was )?terminated\b"
        r"|\bcluster (status |is )?error\b|\bcluster is in (state|status) error"
        r"|runner process (was ended|ended without)",
        "The platform went away while the run was at work. Run it again, on another cluster where "
        "there is one.",
        severity="FATAL",
    ),
    row(
        78,
        "target_exists",
        "config",
        r"Output directory .* already exists|FileAlreadyExists",
        "Choose another destination_action, or a dated directory.",
    ),
)

WRAPPERS: tuple[Pattern, ...] = (
    row(
        62,
        "stage_failed",
        "resource",
        r"\bJob aborted\b",
        "Look for the inner cause further up in the log; skewed keys and full disks are common.",
        severity="exception",
        is_wrapper=True,
    ),
)

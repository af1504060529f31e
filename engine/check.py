"""A flow in, everything that is wrong with it out: structure, then fields and expressions."""

from engine.compiling import compile_components
from engine.flow import Flow
from engine.problems import Problem
from engine.structure import check_structure
from engine.variables import Variables
from engine.workflow.check import check_tasks


def check_flow(flow: Flow, variables: Variables, flow_type: str = "dataflow") -> list[Problem]:
    """All findings, structure first. Errors forbid a run, warnings do not.

    Codes are those of section 4.1 of the pipelines reference. Connections are not looked at:
    whether they exist is known only to the account they belong to.
    """
    structure = check_structure(flow, flow_type)
    if flow_type == "workflow":
        return [*structure, *check_tasks(flow, variables)]
    return [*structure, *compile_components(flow, variables)[1]]

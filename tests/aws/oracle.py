"""botocore's model of a service as the judge of raw answers: its parser passes over elements
that it does not know, so that a misspelled one would look like one that is absent."""

import xml.etree.ElementTree as ElementTree


# What real answers do though the model does not say so: a key that was never used has no
# date, and a simulation says "IAM Policy" of every source.
_ABSENT = {("AccessKeyLastUsed", "LastUsedDate")}
_VALUES = {("PolicySourceType", "IAM Policy")}


def _name(element):
    return element.tag.partition("}")[2]


def _check(element, shape, where):
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): member
                 for name, member in shape.members.items()}
        for part in element:
            assert _name(part) in names, f"{where}: no {_name(part)} in {shape.name}"
            _check(part, names[_name(part)], f"{where}/{_name(part)}")
        present = {_name(part) for part in element}
        missing = {name for name in set(shape.required_members) - present
                   if (shape.name, name) not in _ABSENT}
        assert not missing, f"{where}: {missing} of {shape.name} not there"
    elif shape.type_name == "list":
        for part in element:
            assert _name(part) == "member", f"{where}: {_name(part)} in a list"
            _check(part, shape.member, where)
    else:
        assert len(element) == 0, f"{where}: more than text"
        enum = getattr(shape, "enum", None)
        assert (not enum or element.text in enum or (shape.name, element.text) in _VALUES
                ), f"{where}: {element.text} is none of {enum}"


def check_answer(body, operation):
    """body: of a success. operation: botocore's OperationModel."""
    root = ElementTree.fromstring(body)
    assert _name(root) == f"{operation.name}Response", _name(root)
    parts = {_name(part): part for part in root}
    shape = operation.output_shape
    wanted = {"ResponseMetadata"}
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper")
        wanted.add(wrapper)
        _check(parts[wrapper], shape, operation.name)
    assert set(parts) == wanted, f"{operation.name}: {set(parts)}"


def watch(client):
    """Checks every successful answer that this client gets."""
    def judge(event_name, response_dict=None, **_more):
        if response_dict is not None and response_dict["status_code"] == 200:
            action = event_name.rpartition(".")[2]
            check_answer(response_dict["body"],
                         client.meta.service_model.operation_model(action))

    name = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"response-received.{name}.*", judge)

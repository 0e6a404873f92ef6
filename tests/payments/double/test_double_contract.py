import pytest
import stripe

from shop.payments.double import ContractBrokenError, contract, form, routes
from shop.payments.double.errors import StripeError


def test_every_operation_of_the_document_is_played():
    assert {operation.operation_id for operation in contract.operations()} == set(routes.HANDLERS)


def test_the_document_is_of_the_version_that_the_sdk_speaks():
    assert contract.api_version() == stripe.api_version


def test_names_are_nested_and_numbered_groups_become_lists():
    read = form.decode("a[b][0]=x&a[b][1]=y&c[]=1&c[]=2&d=&e[0][k]=v")

    assert read == {"a": {"b": ["x", "y"]}, "c": ["1", "2"], "d": "", "e": [{"k": "v"}]}


@pytest.mark.parametrize("text", ["a=1&a[b]=2", "a[b]=2&a=1", "a[b][c][d][e][f][g][h][i]=1", "=1"])
def test_a_name_that_makes_no_sense_is_refused(text):
    with pytest.raises(StripeError):
        form.decode(text)


def test_too_many_fields_are_refused():
    with pytest.raises(StripeError):
        form.decode("&".join(f"metadata[{n}]=1" for n in range(1001)))


def _read(method, path, text):
    return contract.read_params(contract.find_operation(method, path), form.decode(text))


def test_values_take_the_types_of_the_document():
    read = _read("POST", "/v1/payment_intents", "amount=1000&currency=eur&confirm=true&off_session=one_off")

    assert read == {"amount": 1000, "currency": "eur", "confirm": True, "off_session": "one_off"}


@pytest.mark.parametrize(
    "text",
    [
        "amount=1e3&currency=eur",
        "amount=1000&currency=EUR",
        "amount=1000&currency=eur&confirm=yes",
        "amount=1000&currency=eur&capture_method=later",
        "amount=1000&currency=eur&metadata[k]=" + "x" * 501,
        "amount=1000&currency=eur&metadata[" + "k" * 41 + "]=v",
        "amount=1000&currency=eur&metadata=text",
        "amount=1000&currency=eur&statement_descriptor=" + "x" * 23,
        "amount[0]=1000&currency=eur",
        "amount=1000&currency=eur&shipping[name]=x&shipping[nmae]=y",
        "amount=1000&currency=eur&" + "&".join(f"metadata[{n}]=1" for n in range(51)),
        "amount=&currency=eur",
    ],
)
def test_what_the_document_forbids_is_refused(text):
    with pytest.raises(StripeError) as caught:
        _read("POST", "/v1/payment_intents", text)

    assert caught.value.status == 400


def test_a_fault_deep_inside_is_named_in_form_notation():
    with pytest.raises(StripeError) as caught:
        _read("POST", "/v1/checkout/sessions", "line_items[0][price_data][unit_amount]=5")

    assert caught.value.param == "line_items[0][price_data][currency]"


def test_an_unknown_path_is_not_found(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.balance.retrieve()

    assert caught.value.http_status == 404


def test_a_broken_object_would_be_noticed():
    intent = contract.blank("payment_intent")
    intent.update(status="succeeded", capture_method="automatic")
    contract.validate_object(intent)

    with pytest.raises(ContractBrokenError):
        contract.validate_object({**intent, "amount": "12"})
    with pytest.raises(ContractBrokenError):
        contract.validate_object({**intent, "status": "paid"})


def test_an_unknown_event_would_be_noticed():
    with pytest.raises(ContractBrokenError):
        contract.validate_event({"type": "payment_intent.teleported"})


@pytest.mark.parametrize(
    "kind",
    ["payment_intent", "checkout.session", "refund", "charge", "customer", "setup_intent", "dispute"],
)
def test_blank_objects_keep_to_the_document(kind):
    contract.validate_object(contract.blank(kind))


def test_the_flattened_schemas_mean_the_same():
    pairs = [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ["x", None], [1, {}]),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, ["a", None], ["b", 1]),
    ]
    for schema, good, bad in pairs:
        judge = contract.Draft202012Validator(contract._flatten(schema))
        assert all(judge.is_valid(value) for value in good)
        assert not any(judge.is_valid(value) for value in bad)

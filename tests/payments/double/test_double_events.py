import pytest
import stripe


def test_an_event_holds_the_object_as_it_was_then(client, session):
    client.v1.checkout.sessions.expire(session.id)
    client.v1.checkout.sessions.update(session.id, {"metadata": {"later": "yes"}})

    event = client.v1.events.list().data[0]

    assert event.type == "checkout.session.expired"
    assert (event.data.object.id, event.data.object.status) == (session.id, "expired")
    assert "later" not in event.data.object.metadata
    assert event.api_version == stripe.api_version
    assert event.livemode is False


def test_an_event_names_the_request_that_caused_it(client):
    made = client.v1.payment_intents.create({"amount": 1000, "currency": "eur"}, {"idempotency_key": "k-1"})

    event = client.v1.events.list().data[0]

    assert event.request.idempotency_key == "k-1"
    assert event.request.id == made.last_response.request_id


def test_paying_a_session_tells_its_story_in_order(session, pay, types):
    pay(session.id)

    assert types() == ["payment_intent.created", "payment_intent.succeeded", "checkout.session.completed"]


def test_events_are_found_by_type(client, session, pay):
    pay(session.id)

    found = client.v1.events.list({"types": ["checkout.session.completed", "payment_intent.created"]})

    assert [event.type for event in found.data] == ["checkout.session.completed", "payment_intent.created"]


def test_events_are_found_by_time(client, charged, double):
    charged()
    double.clock.advance(3600)
    late = charged()

    found = client.v1.events.list({"created": {"gte": late.created}})

    assert {event.data.object.id for event in found.data} == {late.id}


def test_events_are_read_on_from_a_cursor(client, charged):
    charged()
    seen = client.v1.events.list({"limit": 1}).data[0]
    charged()

    newer = client.v1.events.list({"ending_before": seen.id})
    older = client.v1.events.list({"starting_after": seen.id})

    assert [event.type for event in newer.data] == ["payment_intent.succeeded", "payment_intent.created"]
    assert [event.type for event in older.data] == ["payment_intent.created"]


def test_ending_before_gives_the_nearest_page(client, charged):
    charged()
    seen = client.v1.events.list({"limit": 1}).data[0]
    charged()
    charged()

    page = client.v1.events.list({"ending_before": seen.id, "limit": 1})

    assert page.has_more is True
    assert page.data[0].type == "payment_intent.created"


def test_undelivered_events_can_be_listed_and_caught_up(client, charged, double):
    charged()
    double.webhooks.sender = lambda url, body, headers: 200
    double.deliver_webhooks(limit=1)

    missing = client.v1.events.list({"delivery_success": False})
    arrived = client.v1.events.list({"delivery_success": True})

    assert [event.pending_webhooks for event in missing.data] == [1]
    assert [event.pending_webhooks for event in arrived.data] == [0]


def test_events_are_kept_for_30_days(client, charged, double):
    charged()
    event = client.v1.events.list().data[0]
    double.clock.advance(29 * 86400)
    kept = client.v1.events.retrieve(event.id)
    double.clock.advance(2 * 86400)

    assert kept.id == event.id
    assert client.v1.events.list().data == []
    double.tick()
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.events.retrieve(event.id)

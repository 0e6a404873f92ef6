import pytest
import stripe


def test_a_dispute_stops_refunds_and_is_announced(charged, client, double, types):
    paid = charged()

    dispute_id = double.open_dispute(paid.id)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": paid.id})
    dispute = client.v1.disputes.retrieve(dispute_id)
    assert caught.value.code == "charge_disputed"
    assert (dispute.status, dispute.amount, dispute.payment_intent) == ("needs_response", 10000, paid.id)
    assert client.v1.charges.retrieve(paid.latest_charge).disputed is True
    assert types()[-1] == "charge.dispute.created"


@pytest.mark.parametrize(("won", "status"), [(True, "won"), (False, "lost")])
def test_a_dispute_ends_once(charged, client, double, types, won, status):
    dispute_id = double.open_dispute(charged().id)

    double.close_dispute(dispute_id, won=won)

    assert client.v1.disputes.retrieve(dispute_id).status == status
    assert types()[-1] == "charge.dispute.closed"
    with pytest.raises(Exception, match="already"):
        double.close_dispute(dispute_id, won=won)


def test_evidence_is_sent_to_the_bank(charged, client, double):
    dispute_id = double.open_dispute(charged().id)

    sent = client.v1.disputes.update(dispute_id, {"evidence": {"customer_name": "A. Buyer"}, "submit": True})

    assert sent.status == "under_review"
    assert sent.evidence_details.submission_count == 1


def test_the_disputing_card_disputes_by_itself(charged, types):
    charged(payment_method="pm_card_createDispute")

    assert types()[-1] == "charge.dispute.created"

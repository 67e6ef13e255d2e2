"""Which business ids usually name one flow, and which outlive flows."""

from __future__ import annotations

from typing import Literal


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Things that happen once: their id names one flow.
JOINS = _words(
    """
    order payment shipment invoice booking reservation transaction transfer claim ticket cart basket
    checkout refund delivery job saga workflow purchase sale return withdrawal deposit charge capture
    authorization authorisation settlement payout remittance receipt quote quotation application
    enrollment enrolment registration appointment visit admission prescription case incident request
    import export batch fulfilment fulfillment dispatch consignment parcel package subscription_order
    rfq rma chargeback dispute loan mandate message instruction trade execution ride rental signup
    onboarding offer bid auction
    """
)

#: Things and parties that outlive flows: their id finds flows and joins none.
NEVER = _words(
    """
    customer user account tenant session device product sku route trip station contact host store
    warehouse vehicle client merchant seller buyer supplier vendor partner driver courier passenger
    guest member employee agent operator organisation organization org company department team group
    role site shop branch region zone country city location address category brand catalog catalogue
    item article variant asset machine sensor meter card wallet iban bank currency price coupon voucher
    promotion campaign plan subscription person patient doctor owner author editor creator recipient
    sender visitor profile project workspace page document template seat train flight line stop terminal
    gateway app cookie browser ip wiki namespace revision
    """
)

#: Ids of the machinery: they are no business ids at all.
TECHNICAL = _words(
    """
    span trace thread process proc message msg event correlation causation conversation parent child
    schema grid pid uid gid container pod image node instance build commit version log logger record row
    stream partition offset segment producer consumer broker topic queue channel cluster connection
    activity operation invocation lambda aws resource fiber goroutine worker boot scope trx
    xid lsn scn dedup deduplication tag key hash code status error exit class method function field
    content media mime type file server endpoint bootstrap mid sequence seq index entry internal
    external unique global local root source target origin reply receipthandle ack native
    transport sdk telemetry service principal access crc config database db table column
    string number value object entity aggregate identity data payload body detail headers header
    attributes properties metadata meta fields context extra labels tags params args
    statement cursor lock lease epoch term leader replica insert tx
    """
)

Prior = Literal["joins", "never", "unknown"]


def prior(kind: str) -> Prior:
    """What a kind of id is before the data has been asked."""
    if kind in JOINS:
        return "joins"
    return "never" if kind in NEVER else "unknown"

"""Currencies as Stripe takes them: which exist, their minor units, the least amount.

Source:
    Stripe's page "Supported currencies" (docs.stripe.com/currencies), read second-hand; amounts
    of currencies that page gives no minimum for must only be above zero here.
"""

from __future__ import annotations

from .errors import invalid

_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_TWO_DECIMAL = """
aed afn all amd aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny
cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr
isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad
ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std
szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd xcg yer zar zmw
"""

ZERO_DECIMAL = frozenset(_ZERO_DECIMAL.split())
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
#: Written with two decimals for backward compatibility although no such coin exists.
WHOLE_UNITS_ONLY = frozenset({"isk", "ugx"})
TWO_DECIMAL = frozenset(_TWO_DECIMAL.split())
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL
MINIMUM_MINOR = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MAXIMUM_MINOR = 99_999_999


def exponent(currency: str) -> int:
    """Tell how many decimals a currency's minor unit stands for."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def require_currency(currency: str, param: str = "currency") -> None:
    """Refuse a currency that does not exist.

    Raises:
        StripeError: 400, naming the parameter.
    """
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", param)


def require_amount(amount_minor: int, currency: str, param: str = "amount") -> None:
    """Refuse an amount that Stripe would not charge.

    Raises:
        StripeError: 400 with ``parameter_invalid_integer``, ``amount_too_small`` or
            ``amount_too_large``.
    """
    require_currency(currency)
    if amount_minor < 1:
        raise invalid("Amounts must be at least 1.", param, "parameter_invalid_integer")
    if amount_minor < MINIMUM_MINOR.get(currency, 1):
        least = format_amount(MINIMUM_MINOR[currency], currency)
        raise invalid(f"The amount must be at least {least}.", param, "amount_too_small")
    if amount_minor > MAXIMUM_MINOR:
        raise invalid("The amount has more than eight digits.", param, "amount_too_large")
    require_step(amount_minor, currency, param)


def require_step(amount_minor: int, currency: str, param: str) -> None:
    """Refuse an amount finer than the coins of its currency.

    Raises:
        StripeError: 400 with ``parameter_invalid_integer``.
    """
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS_ONLY else 1
    if amount_minor % step:
        raise invalid(
            f"Amounts in {currency} must be multiples of {step}.", param, "parameter_invalid_integer"
        )


def format_amount(amount_minor: int, currency: str) -> str:
    """Write an amount for people: ``1,234.00 EUR``."""
    decimals = exponent(currency)
    whole, rest = divmod(amount_minor, 10**decimals)
    tail = f".{rest:0{decimals}d}" if decimals else ""
    return f"{whole:,}{tail} {currency.upper()}"

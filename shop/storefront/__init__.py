"""The reference storefront: server-rendered pages on the services that the API answers from.

:mod:`~shop.storefront.locale` in which language and market a page is read ·
:mod:`~shop.storefront.blueprint` what every page has: its locale, its errors as pages, whether it may be
kept · :mod:`~shop.storefront.texts` gettext catalogues · :mod:`~shop.storefront.files` styles under an
address of their content · :mod:`~shop.storefront.setting` what templates may call ·
:mod:`~shop.storefront.routes` the pages that everybody may read
"""

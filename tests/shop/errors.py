"""The errors that the shop's handlers raise, as their runtimes print them."""

from __future__ import annotations


class Failure(Exception):
    """A handler has failed; the text is what its runtime prints."""


LOCKED = """\
org.springframework.dao.CannotAcquireLockException: could not execute statement [ERROR: deadlock detected]
\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convertHibernateAccessException(HibernateJpaDialect.java:283)
\tat com.example.shop.inventory.StockService.reserve(StockService.java:57)
\tat com.example.shop.inventory.PaymentListener.onMessage(PaymentListener.java:34)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
Caused by: org.postgresql.util.PSQLException: ERROR: deadlock detected
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725)
\t... 21 common frames omitted"""

NO_STOCK = """\
com.example.shop.inventory.UnknownArticleException: no warehouse holds article 99999
\tat com.example.shop.inventory.StockService.warehouseOf(StockService.java:88)
\tat com.example.shop.inventory.StockService.reserve(StockService.java:49)
\tat com.example.shop.inventory.PaymentListener.onMessage(PaymentListener.java:34)
\tat java.base/java.lang.Thread.run(Thread.java:1583)"""

NOT_A_NUMBER = """\
System.Text.Json.JsonException: The JSON value could not be converted to System.Decimal. Path: $.amount | LineNumber: 0 | BytePositionInLine: 71.
   at System.Text.Json.ThrowHelper.ReThrowWithPath(ReadStack& state, Utf8JsonReader& reader, Exception ex)
   at Shop.Fulfilment.Customs.DeclaredValue(ReadOnlySpan`1 body) in /src/Customs.cs:line 23
   at Shop.Fulfilment.ReservedHandler.Handle(InventoryReserved message) in /src/ReservedHandler.cs:line 19"""

NOT_SAVED = """\
pymongo.errors.AutoReconnect: payments-db-0:27017: connection closed while saving the charge"""

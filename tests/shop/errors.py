"""The two errors that the shop's handlers raise, as their runtimes print them."""

from __future__ import annotations

RETRIED = """\
org.springframework.dao.CannotAcquireLockException: could not execute statement [ERROR: deadlock detected]
\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convertHibernateAccessException(HibernateJpaDialect.java:283)
\tat com.example.shop.inventory.StockService.reserve(StockService.java:57)
\tat com.example.shop.inventory.PaymentListener.onMessage(PaymentListener.java:34)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
Caused by: org.postgresql.util.PSQLException: ERROR: deadlock detected
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725)
\t... 21 common frames omitted"""

DEAD = """\
System.InvalidOperationException: no carrier serves postcode 99999
   at Shop.Fulfilment.Carriers.Choose(Address to) in /src/Carriers.cs:line 41
   at Shop.Fulfilment.ReservedHandler.Handle(InventoryReserved message) in /src/ReservedHandler.cs:line 27"""

"""What each contract is held to: the command line before evtrace.toml before the default."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.contract_gate.config import Config
from evtrace.contract_gate.contracts import Contract
from evtrace.contracts.check import Terms
from evtrace.contracts.modes import mode


@dataclass(frozen=True)
class Asked:
    """The wishes of the command line, and the settings behind them."""

    mode: str | None
    policy: str | None
    settings: Config

    def terms(self, contract: Contract) -> Terms:
        """The terms of one contract."""
        own = contract.declared
        name = self.mode or (own.mode if own else None) or self.settings.mode or "BACKWARD"
        policy = self.policy or (own.policy if own else None) or self.settings.policy
        return Terms(mode(name), policy, contract.language, contract.name)

"""Diagnosis: what `why` says. Candidates are rows of SQL, the cause is picked from them."""

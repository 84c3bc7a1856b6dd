"""Residents at their phones: enrolment by activation code, proofs, spoken codes, disclosures."""

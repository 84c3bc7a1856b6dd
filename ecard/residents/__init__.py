"""Residents at their phones: enrolment by activation code, spoken codes, what a phone may see, and what terminals are told about somebody."""

"""Trying the resident app on a real phone: a certificate authority for this machine's own network, and a page that says how a phone comes to trust it.

    authority       the authority and the certificate of this machine
    invitation      the plain page that a phone opens first, and what is told on the terminal

For trying only: in production a certificate comes from an authority that phones know already.
"""

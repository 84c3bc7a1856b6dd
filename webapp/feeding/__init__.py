"""News of the status chain, sent on to whoever is connected (STATUS section 5.7).

    news        one signed object of a chain, as it goes over the wire
    paths       which published deltas lead from a version to a later one
    hub         what was said lately, and who waits to hear more
    watching    looks at the published folder, and tells the hub what is new
    reader      what one reader is told of it: everything at once, or the changes of five minutes in one object
    lines       the same news through Redis, where a service has one
    admission   how many may be connected, in all and from one address
    feed        the parts put together: a long poll and an event stream

The objects are files, and every one of them proves itself. So whatever is lost on the way here, a stream that breaks, a Redis that is away, is not lost:
whoever sees a gap fetches the file. Nothing here believes or signs anything.
"""

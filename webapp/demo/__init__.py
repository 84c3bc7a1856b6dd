"""`ecard demo`: a city built from nothing and the first journey through it, with the product's own code and nothing else.

    folder      the folder it happens in            cast, places, resident     who and where
    city        record, keys, publishing            phone, plastic, gates      what people hold in their hands
    beginning, showing, tricks, loss                the acts, in order         journey    from first to last, and what is left to look at
    narrator, stage, width, account                 how it is told             picture     as a camera sees it

Every verdict that is printed was given by a terminal from its own state directory. Nobody in the city exists.
"""

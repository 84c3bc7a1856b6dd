"""The command line of a card office: everything that ecard can do, for an office without a web page.

    settings, founding, opening    office.toml, `ecard office init`, and the office opened from its folder
    options, acts                  what each command of the table asks for beyond card, operator and evidence
    verbs, deferred                the arguments, generated from `ecard.lifecycle.RULES`
    doing, asking, holder          one command: read, shown, confirmed, done
    forms, hardware                personal data from files; chip and phone as a shell has them
    looking, telling, answering    what is shown, for people and with --json for programs
    desk, batches, upkeep          the office itself, files of applications, what time and assurance demand

Whoever can read the folder's keys is the office: the operating system guards them, and `--as` says which of its people stands behind a command.
"""

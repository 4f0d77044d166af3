"""Where is my transaction: the address at which anybody asks what our own nodes see of one (job C10).

The hash comes by POST, in the body. An address with the hash in it would stand in the logs of whatever web server or
proxy is in front of us, in the browser's history, and in the Referer of the next click.
"""

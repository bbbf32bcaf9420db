"""What a list of channels (AMI CoreShowChannels) says."""

# for Originate to a seat: the call is one that its agent has asked for, so a browser picks it up by itself
OWN_CALL = "PJSIP_HEADER(add,X-GB-Own)=1"


def of(channel, extension):
    """Whether it is a channel of the seat's phone."""
    return channel["Channel"].startswith(f"PJSIP/{extension}-")


def peers(channels, mine):
    """Who talks with ``mine``."""
    return [
        c
        for c in channels
        if mine["BridgeId"] and c["BridgeId"] == mine["BridgeId"] and c is not mine
    ]


def held(channels, mine):
    """Whom ``mine`` holds from the screen."""
    # the context alone stays for a while after the end of the hold
    return [
        c
        for c in peers(channels, mine)
        if c["Context"] == "gb-hold"
        and c["Application"] in ("WaitForCondition", "StartMusicOnHold")
    ]

"""Stories of calls as users tell them, played to a real Home Assistant.

Written from the documents alone: whoever wrote them had seen neither the call engine nor the
simulated PBX. `stand_in.py` is a PBX as the vendors describe it, `calls.py` says what it sends of a
call, `home.py` is the Home Assistant, and `stage.py` holds what one story plays and sees.
"""

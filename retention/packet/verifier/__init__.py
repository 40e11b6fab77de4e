"""The verifier that lies in every packet, in parts: ``one_file.py`` joins them into one file that needs nothing else.

The parts must run on Python 3.8 and import nothing but the standard library and each other. They share no code with
what writes a packet: what both got wrong in the same way, nobody would find.
"""

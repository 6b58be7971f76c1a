// Import this file first in a script that measures speed. It selects optimised builds of the addon and the emulator.

process.env.TOKLINK_PROFILE = 'release';

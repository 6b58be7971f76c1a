// Imported first by a script that measures speed: the addon and the emulator are then built with optimisation.

process.env.TOKLINK_PROFILE = 'release';

//! The floors of the code outside the core, from top to bottom, as in ARCHITECTURE.md. A module (a folder, or a file
//! beside the folders) only imports from lower floors.

/// A folder of source files.
pub(crate) struct Area {
    /// Path of the folder, ending in a slash.
    pub(crate) folder: &'static str,
    /// Modules on each floor, top floor first.
    pub(crate) floors: &'static [&'static [&'static str]],
    /// Allowed imports from the same or a higher floor, at most six.
    pub(crate) upward: &'static [Upward],
    /// Files that are allowed to import each other in a circle. This list may only shrink.
    pub(crate) circles: &'static [&'static [&'static str]],
}

/// An allowed import from the same or a higher floor.
pub(crate) struct Upward {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) reason: &'static str,
}

impl Upward {
    pub(crate) fn is(&self, from: &str, to: &str) -> bool {
        self.from == from && self.to == to
    }
}

pub(crate) const AREAS: &[Area] = &[
    Area {
        folder: "emulator/src/",
        floors: &[
            // Contains only re-exports. The binary uses the public API.
            &["lib"],
            &["emulator"],
            &["server"],
            &["control"],
            &["background", "console"],
            &["state"],
            &["config"],
            &["scenario"],
            // Each family of TikTok's APIs has its own folder.
            &["display", "posting"],
            &["faults", "oauth", "pictures", "requests"],
            &["lifecycle"],
            &["webhook"],
            &["model"],
            &["clock", "media", "settings", "wire"],
        ],
        upward: &[],
        circles: &[],
    },
    Area {
        folder: "js/",
        floors: &[
            &["cli.ts"],
            &["cli"],
            // The package's entry points.
            &[
                "drizzle.ts",
                "edge.ts",
                "emulator.ts",
                "index.ts",
                "kysely.ts",
                "next-config.ts",
                "next.ts",
                "pg.ts",
                "prisma.ts",
                "social.ts",
            ],
            &["prisma", "react", "social", "sql", "testing"],
            &["http"],
            &["client.ts", "emulator"],
            &["client-interface.ts", "native"],
            &["types.ts"],
            &["store-types.ts"],
            &["journal-types.ts", "metrics-types.ts"],
            &["types"],
            &["runtime", "text"],
            &["errors.ts", "version.ts"],
        ],
        upward: &[],
        circles: &[],
    },
    Area {
        folder: "xtask/src/",
        floors: &[
            &["main"],
            &["c_programs", "examples", "header", "surface"],
            &[
                "abi",
                "cpp_surface",
                "documented_errors",
                "field_surface",
                "fuzz_c",
                "sanitizer_check",
                "scenarios",
                "static_hosts",
            ],
            &["package"],
            &["archive", "c_header", "c_host", "library"],
            &["emulator", "http", "notices", "symbols"],
            &["project"],
            &["run"],
            &["progress"],
            &["fault"],
        ],
        upward: &[],
        circles: &[],
    },
    Area {
        folder: "bindings/node/src/",
        floors: &[
            &["lib"],
            &["client"],
            &["events", "open", "operation"],
            &["metrics", "operation_sync"],
            &["progress", "quota", "store", "stream"],
            &["account"],
            &["input"],
            &["outcome"],
        ],
        upward: &[],
        circles: &[],
    },
    Area {
        folder: "bindings/c/src/",
        floors: &[
            &["lib"],
            &["login", "metrics", "publish", "webhook"],
            &["account"],
            &["client"],
            &["quota", "store"],
            &["runtime"],
            &["ffi"],
        ],
        upward: &[],
        circles: &[],
    },
];

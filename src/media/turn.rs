//! How a player turns the pictures of a track: by the matrix of the movie's header and by its own.

use super::source::be32;

/// The four numbers of a matrix that turn: a, b, c and d of x' = ax + cy, y' = bx + dy.
#[derive(Clone, Copy)]
pub(super) struct Turn([i32; 4]);

impl Default for Turn {
    fn default() -> Self {
        Self([0x1_0000, 0, 0, 0x1_0000])
    }
}

impl Turn {
    /// Reads the matrix in a `mvhd` or `tkhd`; one of nothing but zeros turns nothing.
    pub(super) fn read(matrix: &[u8]) -> Self {
        let turn = [0, 4, 12, 16].map(|at| be32(matrix, at).cast_signed());
        if turn == [0; 4] { Self::default() } else { Self(turn) }
    }

    /// Returns the degrees, clockwise, by which this turn and then `after` turn a picture, to the nearest quarter.
    pub(super) fn degrees_with(self, after: Self) -> u16 {
        let [cosine, sine, ..] = self.0.map(i128::from);
        let [a, b, c, d] = after.0.map(i128::from);
        let (cosine, sine) = (cosine * a + sine * c, cosine * b + sine * d);
        if sine.abs() > cosine.abs() {
            if sine > 0 { 90 } else { 270 }
        } else if cosine < 0 {
            180
        } else {
            0
        }
    }
}

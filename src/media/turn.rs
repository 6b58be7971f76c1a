//! Rotation that a player applies to the frames of a track, according to the matrices of the movie header and the track
//! header.

use super::bounded_reader::be32;

/// The four elements of a matrix that define the rotation: a, b, c and d in x' = ax + cy, y' = bx + dy.
#[derive(Clone, Copy)]
pub(super) struct Turn([i32; 4]);

impl Default for Turn {
    fn default() -> Self {
        Self([0x1_0000, 0, 0, 0x1_0000])
    }
}

impl Turn {
    /// Reads the matrix of an `mvhd` or `tkhd`. A matrix of zeros means no rotation.
    pub(super) fn read(matrix: &[u8]) -> Self {
        let turn = [0, 4, 12, 16].map(|at| be32(matrix, at).cast_signed());
        if turn == [0; 4] { Self::default() } else { Self(turn) }
    }

    /// Returns the clockwise angle in degrees of this rotation followed by `after`, rounded to a quarter turn.
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

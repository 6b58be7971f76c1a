//! Rotation of the frames of a track by a player, according to the matrices of the movie header and of the track.

use super::bounded_reader::be32;

/// The four numbers of a matrix that rotate: a, b, c and d of x' = ax + cy, y' = bx + dy.
#[derive(Clone, Copy)]
pub(super) struct Turn([i32; 4]);

impl Default for Turn {
    fn default() -> Self {
        Self([0x1_0000, 0, 0, 0x1_0000])
    }
}

impl Turn {
    /// Reads the matrix of a `mvhd` or `tkhd`. A matrix of zeros means no rotation.
    pub(super) fn read(matrix: &[u8]) -> Self {
        let turn = [0, 4, 12, 16].map(|at| be32(matrix, at).cast_signed());
        if turn == [0; 4] { Self::default() } else { Self(turn) }
    }

    /// Returns the degrees, clockwise, by which this rotation followed by `after` rotates a frame, to the nearest quarter turn.
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

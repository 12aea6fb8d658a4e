//! What kind of picture some bytes are and how large it is, from their first few hundred.

/// The most pixels that a picture may have: it is unpacked before it is read.
pub const PIXELS_MAX: u64 = 40_000_000;

/// Width and height of a PNG, JPEG, GIF, BMP or WebP picture; `None` for anything else.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    png(bytes)
        .or_else(|| jpeg(bytes))
        .or_else(|| gif(bytes))
        .or_else(|| bmp(bytes))
        .or_else(|| webp(bytes))
}

/// Whether a picture of this size may be read.
pub fn is_readable((width, height): (u32, u32)) -> bool {
    width > 0 && height > 0 && u64::from(width) * u64::from(height) <= PIXELS_MAX
}

fn array<const N: usize>(bytes: &[u8], begin: usize) -> Option<[u8; N]> {
    bytes.get(begin..begin.checked_add(N)?)?.try_into().ok()
}

fn big_u16(bytes: &[u8], begin: usize) -> Option<u32> {
    array(bytes, begin).map(|bytes| u32::from(u16::from_be_bytes(bytes)))
}

fn little_u16(bytes: &[u8], begin: usize) -> Option<u32> {
    array(bytes, begin).map(|bytes| u32::from(u16::from_le_bytes(bytes)))
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16)? == b"IHDR";
    let number = |begin| array(bytes, begin).map(u32::from_be_bytes);
    is_png.then(|| Some((number(16)?, number(20)?)))?
}

fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let is_gif = bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a");
    is_gif.then(|| Some((little_u16(bytes, 6)?, little_u16(bytes, 8)?)))?
}

fn bmp(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |begin| array(bytes, begin).map(|bytes| i32::from_le_bytes(bytes).unsigned_abs());
    bytes
        .starts_with(b"BM")
        .then(|| Some((number(18)?, number(22)?)))?
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    if !bytes.starts_with(b"RIFF") || bytes.get(8..12)? != b"WEBP" {
        return None;
    }
    match bytes.get(12..16)? {
        b"VP8 " => Some((
            little_u16(bytes, 26)? & 0x3fff,
            little_u16(bytes, 28)? & 0x3fff,
        )),
        b"VP8L" => {
            let bits = u32::from_le_bytes(array(bytes, 21)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => {
            let number = |begin: usize| {
                let [low, middle, high] = array(bytes, begin)?;
                Some(u32::from_le_bytes([low, middle, high, 0]) + 1)
            };
            Some((number(24)?, number(27)?))
        }
        _ => None,
    }
}

/// Goes from segment to segment to the one that begins a frame.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let mut position = 2;
    loop {
        let [mark, kind] = array(bytes, position)?;
        if mark != 0xff {
            return None;
        }
        match kind {
            // Fill bytes, and markers without a length.
            0xff => position += 1,
            0x01 | 0xd0..=0xd8 => position += 2,
            // The frame headers; c4, c8 and cc are tables.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((big_u16(bytes, position + 7)?, big_u16(bytes, position + 5)?));
            }
            _ => {
                let length = big_u16(bytes, position + 2).filter(|length| *length >= 2)?;
                position += 2 + usize::try_from(length).ok()?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = include_bytes!("../testdata/door.png");
    const JPEG: &[u8] = include_bytes!("../testdata/door-tilted.jpg");

    #[test]
    fn sizes_are_read_from_each_kind() {
        let webp =
            |kind: &[u8], rest: &[u8]| [b"RIFF\0\0\0\0WEBP", kind, b"\0\0\0\0", rest].concat();
        for (bytes, expected) in [
            (PNG.to_vec(), (640, 260)),
            (JPEG.to_vec(), (640, 260)),
            (b"GIF89a\x80\x02\x04\x01".to_vec(), (640, 260)),
            (
                [
                    &b"BM"[..],
                    &[0; 16],
                    &640_i32.to_le_bytes(),
                    &(-260_i32).to_le_bytes(),
                ]
                .concat(),
                (640, 260),
            ),
            (
                webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x80\x02\x04\x01"),
                (640, 260),
            ),
            (
                webp(
                    b"VP8L",
                    &[&[0x2f][..], &(0x27f_u32 | 0x103 << 14).to_le_bytes()].concat(),
                ),
                (640, 260),
            ),
            (webp(b"VP8X", b"\0\0\0\0\x7f\x02\0\x03\x01\0"), (640, 260)),
        ] {
            assert_eq!(
                size(&bytes),
                Some(expected),
                "{:?}",
                &bytes[..16.min(bytes.len())]
            );
        }
    }

    #[test]
    fn other_bytes_and_pieces_of_pictures_have_no_size() {
        for bytes in [
            &b""[..],
            b"GIF89a",
            b"BM",
            b"%PDF-1.7",
            b"<svg/>",
            b"MM\0*",
            &[0xff, 0xd8, 0, 0],
            &[0xff; 64],
        ] {
            assert_eq!(size(bytes), None);
        }
        for length in 0..24 {
            assert_eq!(size(&PNG[..length]), None);
        }
        for length in 0..JPEG.len() {
            let _ = size(&JPEG[..length]);
        }
        let loops = [&[0xff, 0xd8, 0xff, 0xe0, 0, 0][..], &[0; 32]].concat();
        assert_eq!(size(&loops), None, "a segment that does not move on");
    }

    #[test]
    fn bombs_are_not_readable() {
        assert!(is_readable((8_000, 5_000)) && !is_readable((8_000, 5_001)));
        assert!(!is_readable((0, 10)) && !is_readable((10, 0)));
        assert!(!is_readable((u32::MAX, u32::MAX)));
    }
}

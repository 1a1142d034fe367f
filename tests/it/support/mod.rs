//! What several tests need.

pub mod api;
pub mod facebook;
pub mod fetched;
pub mod home;
pub mod house;
pub mod instagram;
pub mod meta;
pub mod site;
pub mod tiktok;
pub mod tus;

/// A PNG of these sides.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| [(x % 256) as u8, (y % 256) as u8, 90])).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

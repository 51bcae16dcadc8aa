//! Sizes in options.

/// `500MB`, `1.5GB`; units are powers of 1024.
pub fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: f64 =
        match text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase().as_str() {
            "B" => 1.0,
            "KB" => f64::from(1 << 10),
            "MB" => f64::from(1 << 20),
            "GB" => f64::from(1 << 30),
            "TB" => f64::from(1 << 20) * f64::from(1 << 20),
            _ => return Err("write a number and its unit: 500MB, 10GB, 1TB".to_owned()),
        };
    match digits.trim().parse::<f64>() {
        Ok(number) if (0.0..1e9).contains(&number) => Ok((number * factor) as u64),
        _ => Err(format!("{digits:?} is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_need_their_unit() {
        assert_eq!(bytes("500MB"), Ok(500 << 20));
        assert_eq!(bytes("1.5gb"), Ok(3 << 29));
        for wrong in ["10", "GB", "-1GB", "tenGB", "1e400GB", "5XB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}

"""What a shopper finds: products, families and campaigns with live prices and availability."""

//! The few dozen words that telemetry of one system is made of.

/// Services.
pub(super) const SERVICES: [&str; 8] =
    ["checkout", "cart", "payment", "catalogue", "shipping", "recommendation", "currency", "frontend"];

/// Routes of an HTTP server.
pub(super) const ROUTES: [&str; 8] = [
    "/api/v1/orders/{id}",
    "/api/v1/orders",
    "/api/v1/carts/{id}/items",
    "/api/v1/products/{id}",
    "/api/v1/products/search",
    "/api/v1/users/{id}/addresses",
    "/api/v1/payments/{id}/confirm",
    "/healthz",
];

/// HTTP methods, the common one more often.
pub(super) const METHODS: [&str; 5] = ["GET", "GET", "GET", "POST", "PUT"];

/// Tables of a database.
pub(super) const TABLES: [&str; 6] = ["orders", "carts", "cart_items", "products", "users", "payments"];

/// Loggers.
pub(super) const LOGGERS: [&str; 6] = [
    "com.shop.order.OrderService",
    "com.shop.payment.PaymentGateway",
    "com.shop.cart.CartRepository",
    "com.shop.catalogue.SearchIndex",
    "com.shop.shipping.QuoteClient",
    "com.shop.web.RequestLogger",
];

/// Severities, the common one more often.
pub(super) const SEVERITIES: [(i32, &str); 6] =
    [(9, "INFO"), (9, "INFO"), (9, "INFO"), (5, "DEBUG"), (13, "WARN"), (17, "ERROR")];

/// One of them.
pub(super) fn pick<T: Copy + Default>(random: &mut fastrand::Rng, words: &[T]) -> T {
    words.get(random.usize(..words.len().max(1))).copied().unwrap_or_default()
}

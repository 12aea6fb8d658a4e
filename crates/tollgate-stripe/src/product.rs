//! Products: what is sold.

use crate::client::Client;
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::idempotency::IdempotencyKey;
use crate::object::ListRequest;
use crate::period::Created;
use crate::price::Price;
use crate::tolerant::Clearable;
use serde::Serialize;
use std::collections::BTreeMap;

object! {
    /// What is sold.
    Product = "a product" {
        /// Whether it was deleted.
        deleted: bool,
        /// Whether it can be bought.
        active: bool,
        /// When it was created.
        created: Option<i64>,
        /// The price that is shown first.
        default_price: Option<Expandable<Price>>,
        /// What it is.
        description: Option<String>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
        /// Its name.
        name: Option<String>,
        /// What one of it is called.
        unit_label: Option<String>,
    }
}

/// A new product.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateProduct {
    /// Its id, to choose it.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether it can be bought.
    pub active: Option<bool>,
    /// What it is.
    pub description: Option<String>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Its tax code.
    pub tax_code: Option<String>,
    /// What one of it is called.
    pub unit_label: Option<String>,
}

/// A change of a product; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UpdateProduct {
    /// Its name.
    pub name: Option<String>,
    /// Whether it can be bought.
    pub active: Option<bool>,
    /// The price that is shown first.
    pub default_price: Option<String>,
    /// What it is.
    pub description: Option<Clearable<String>>,
    /// What is stored with it: the keys that are named; an empty text removes one.
    pub metadata: Option<Clearable<BTreeMap<String, String>>>,
    /// What one of it is called.
    pub unit_label: Option<Clearable<String>>,
}

/// Which products to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListProducts {
    /// Those that can be bought, or those that cannot.
    pub active: Option<bool>,
    /// Those created then.
    pub created: Option<Created>,
    /// Those of these ids.
    pub ids: Vec<String>,
    /// Which references are sent whole, such as `data.default_price`.
    pub expand: Vec<String>,
}

impl ListRequest for ListProducts {
    type Item = Product;

    fn path(&self) -> Vec<&str> {
        vec!["products"]
    }
}

impl Client {
    /// Creates a product.
    pub async fn create_product(
        &self,
        params: &CreateProduct,
        key: &IdempotencyKey,
    ) -> Result<Product, StripeError> {
        self.post(&["products"], params, key).await
    }

    /// The product of this id.
    pub async fn product(&self, id: &str) -> Result<Product, StripeError> {
        self.get(&["products", id], &()).await
    }

    /// Changes a product.
    pub async fn update_product(
        &self,
        id: &str,
        params: &UpdateProduct,
        key: &IdempotencyKey,
    ) -> Result<Product, StripeError> {
        self.post(&["products", id], params, key).await
    }
}

//! Encoded points of E that a decoder accepts although their order is not q. The packages `poison` and `timing` share
//! them.

/// The points have order 4, x = √−3 and y = √−6x; of order 2q, x = 1 and y = √−2; of order 4q, x = 5 and y = √110.
pub fn of_other_orders() -> [(&'static str, [u8; 257]); 3] {
    let mut of_order_4 = point(0, Y_OF_ORDER_4);
    of_order_4[1..129].copy_from_slice(&octets(X_OF_ORDER_4));
    let (of_order_2q, of_order_4q) = (point(1, Y_OF_ORDER_2Q), point(5, Y_OF_ORDER_4Q));
    [("order 4", of_order_4), ("order 2q", of_order_2q), ("order 4q", of_order_4q)]
}

fn point(x: u8, y: &str) -> [u8; 257] {
    let mut encoded = [0; 257];
    encoded[0] = 4;
    encoded[128] = x;
    encoded[129..].copy_from_slice(&octets(y));
    encoded
}

fn octets(hex: &str) -> [u8; 128] {
    std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex"))
}

const X_OF_ORDER_4: &str = "\
         2ab8b4c0cebf79166b352bf4351a3f8872a7fe62294530f38ab8b315e3262211\
         47f96a70f71b9175d4cc0cf6a006e6dc2dbc29ef4528780ec61a1bcf5ffc8428\
         0c3e47334dd5c19649686dadfbdcadbe7350b93e9024fc510eb314d447d86795\
         6310dcfa834cea2a394fe4ed1623e0713373b61f1c09cd10bb681b84c1f826ba";
const Y_OF_ORDER_4: &str = "\
         8c108284ecad95f76be5c8a8d8b08222084c5204e71657482725cdd6493e0d32\
         1e4d1f71e8b2fddf1cac9e277889223f9f22978747207482841ebf6ec1d414d0\
         bcb94d96eba2340a5682e44b4dcb21ab01ce27abe021a307c5ce73216dedbc1f\
         3d215d7cbeca210b9d2b1f271b165814504ef5d05d4902766e939464d3013e46";
const Y_OF_ORDER_2Q: &str = "\
         474ad00e10cd673d5a44d040ff7c11b983756da3d3da2131deac6b18571d5474\
         29e5d7aa9a2305c5b651fb131db9ac03cd8ff85ac984707d95b2fcca68f6b5b3\
         8522186589b9e46d516389e7fa70e41dbb5610c2199c019328607b05169c58ae\
         d90886b8abc5712785b75e46ebae5fea7d6342aecbd49d469797700f0fd7cde2";
const Y_OF_ORDER_4Q: &str = "\
         4e87166ef4f04e574edd70016d7dd2a8d725651573577567aaf185256ef16815\
         4f8d2fe44fb2538ba72ea9fa845cc68ebcef77fa782d2a437b012ac5efc33531\
         54ed4ee1c94ec3d51f1132d60217767eb06e4c74637460d67aac8fa4e82b5b04\
         efbbe9c00d1b63c9a457f8c5e2dbb13ee190fe20135ecfb20705f310cb3353e0";

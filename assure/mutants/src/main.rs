//! Builds many mutants into one crate, so that it is compiled once and not once for each of them.
//!
//! In `mutants TREE LIST [FILE:NAME…]`, LIST contains the mutants as run.py writes them, and TREE is a copy of the
//! crate, whose sources are rewritten. Where a mutant changes an expression, the rewritten source has both expressions.
//! The changed one is evaluated if `switch.rs` says that the mutant is active. A function NAME of FILE stays `const`,
//! and is not changed.
//!
//! There is no place for a mutant in code that is evaluated at compile time, in a condition with `let`, or instead of a
//! value whose type is an `impl`, unless it is an empty iterator. The id of a mutant without a place isn't in the
//! rewritten source.

use std::collections::HashMap;
use std::{env, fs, path::Path};

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, BinOp, Block, Expr, ExprBinary, ReturnType, Signature, Stmt, Type, parse_quote};

/// The line and column in the original source, and the kind of mutant there.
type Place = (usize, usize, String);

/// The id of a mutant, and its replacement.
type Mutant = (u32, String);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [tree, list, constant @ ..] = &arguments[..] else {
        panic!("mutants TREE LIST [FILE:NAME…]")
    };
    let list = fs::read(list).expect("a list");
    let list: Vec<(String, Place, Mutant)> = serde_json::from_slice(&list).expect("mutants");
    let mut files: HashMap<String, HashMap<Place, Vec<Mutant>>> = HashMap::new();
    for (file, place, mutant) in list {
        files.entry(file).or_default().entry(place).or_default().push(mutant);
    }
    for (file, mutants) in files {
        let path = Path::new(tree).join(&file);
        let source = fs::read_to_string(&path).expect("a source file");
        let mut parsed = syn::parse_file(&source).expect("Rust");
        let name = |text: &String| {
            text.strip_prefix(&file).unwrap_or(text).strip_prefix(':').map(Into::into)
        };
        let constant = constant.iter().filter_map(name).collect();
        Injector { mutants, constant }.visit_file_mut(&mut parsed);
        fs::write(path, parsed.to_token_stream().to_string()).expect("writable");
    }
}

struct Injector {
    /// The mutants for which no place has been found so far.
    mutants: HashMap<Place, Vec<Mutant>>,
    /// Functions that are evaluated at compile time.
    constant: Vec<String>,
}

/// An id in the rewritten source. An id of 0 marks the end of what is changed.
fn marked(id: u32) -> syn::LitInt {
    syn::LitInt::new(&format!("{}u32", 900_000_000 + id), Span::call_site())
}

fn parsed<T: syn::parse::Parse>(text: &str) -> T {
    syn::parse_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether a condition has a `let`, which can't be moved into a block.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(ExprBinary { left, op: BinOp::And(_), right, .. }) => {
            has_let(left) || has_let(right)
        }
        _ => false,
    }
}

impl Injector {
    fn take(&mut self, span: Span, genre: &str) -> Vec<Mutant> {
        let at = span.start();
        self.mutants.remove(&(at.line, at.column, genre.into())).unwrap_or_default()
    }

    /// Replaces an expression by a choice between what each mutant at its place makes of it and itself.
    fn choose(
        &mut self,
        span: Span,
        genre: &str,
        expression: &mut Expr,
        changed: impl Fn(&str) -> Expr,
    ) {
        let mutants = self.take(span, genre);
        let Some((first, _)) = mutants.first() else { return };
        let (first, end) = (marked(*first), marked(0));
        let ids = mutants.iter().map(|(id, _)| marked(*id));
        let expressions = mutants.iter().map(|(_, replacement)| changed(replacement));
        *expression = parse_quote!(({
            let __mutant = crate::mutated::at(#first);
            #(if __mutant == #ids { #expressions } else)* { #end; #expression }
        }));
    }

    /// A function of the original source.
    fn function(&mut self, span: Span, signature: &mut Signature, block: &mut Block) {
        // Functions without mutants may call others, so they lose their `const` too.
        if signature.constness.is_some() {
            let name = signature.ident.to_string();
            if self.constant.iter().any(|constant| constant == name.trim_start_matches("r#")) {
                return;
            }
            signature.constness = None;
        }
        let mut mutants = self.take(span, "FnValue");
        visit_mut::visit_block_mut(self, block);
        if let ReturnType::Type(_, returned) = &signature.output
            && matches!(**returned, Type::ImplTrait(_))
        {
            // The function returns one type of iterator, and no other value can have it.
            if let (Some((id, _)), [.., Stmt::Expr(value, None)]) = (
                mutants.iter().find(|(_, value)| value == "::std::iter::empty()"),
                &mut block.stmts[..],
            ) {
                let id = marked(*id);
                *value = parse_quote!((#value).filter(move |_| crate::mutated::at(#id) != #id));
            }
            mutants.clear();
        }
        if let Some((first, _)) = mutants.first() {
            let (first, end) = (marked(*first), marked(0));
            let ids = mutants.iter().map(|(id, _)| marked(*id));
            let values = mutants.iter().map(|(_, value)| parsed::<Expr>(value));
            let statements: Block = parse_quote!({
                let __mutant = crate::mutated::at(#first);
                #(if __mutant == #ids { return #values; })*
                #end;
            });
            block.stmts.splice(0..0, statements.stmts);
        }
    }
}

impl VisitMut for Injector {
    fn visit_item_fn_mut(&mut self, function: &mut syn::ItemFn) {
        self.function(function.span(), &mut function.sig, &mut function.block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        self.function(function.span(), &mut function.sig, &mut function.block);
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
        let span = function.span();
        if let Some(block) = &mut function.default {
            self.function(span, &mut function.sig, block);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let original = expression.clone();
        visit_mut::visit_expr_mut(self, expression);
        match &original {
            Expr::Binary(binary) if !has_let(&original) => {
                self.choose(binary.op.span(), "BinaryOperator", expression, |op| {
                    Expr::Binary(ExprBinary { op: parsed(op), ..binary.clone() })
                });
            }
            Expr::Unary(unary) => {
                let changed = |_: &str| (*unary.expr).clone();
                self.choose(unary.op.span(), "UnaryOperator", expression, changed);
            }
            Expr::Struct(literal) => {
                for (i, field) in literal.fields.iter().enumerate() {
                    self.choose(field.span(), "StructField", expression, |_| {
                        let others =
                            literal.fields.iter().enumerate().filter(|(other, _)| *other != i);
                        let mut without = literal.clone();
                        without.fields = others.map(|(_, field)| field.clone()).collect();
                        if !without.fields.is_empty() {
                            without.fields.push_punct(Default::default());
                        }
                        Expr::Struct(without)
                    });
                }
            }
            _ => {}
        }
    }

    fn visit_expr_match_mut(&mut self, expression: &mut syn::ExprMatch) {
        let catches = |arm: &Arm| matches!(arm.pat, syn::Pat::Wild(_)) && arm.guard.is_none();
        if !expression.arms.iter().any(catches) {
            // Without one of its arms, the match doesn't compile.
            for arm in &expression.arms {
                self.take(arm.span(), "MatchArm");
            }
        }
        visit_mut::visit_expr_match_mut(self, expression);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let deleted = self.take(arm.span(), "MatchArm");
        let guard = arm.guard.as_ref().map(|(_, guard)| guard.span());
        visit_mut::visit_arm_mut(self, arm);
        if let (Some(span), Some((_, guard))) = (guard, &mut arm.guard)
            && !has_let(guard)
        {
            self.choose(span, "MatchArmGuard", guard, parsed);
        }
        if let [(id, _)] = deleted[..] {
            let id = marked(id);
            arm.guard = Some((Default::default(), parse_quote!(crate::mutated::at(#id) != #id)));
        }
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if !module.attrs.contains(&parse_quote!(#[cfg(test)])) {
            visit_mut::visit_item_mod_mut(self, module);
        }
    }

    // The length of an array is evaluated at compile time.
    fn visit_expr_repeat_mut(&mut self, repeat: &mut syn::ExprRepeat) {
        self.visit_expr_mut(&mut repeat.expr);
    }

    fn visit_expr_const_mut(&mut self, _: &mut syn::ExprConst) {}
    fn visit_item_const_mut(&mut self, _: &mut syn::ItemConst) {}
    fn visit_item_static_mut(&mut self, _: &mut syn::ItemStatic) {}
    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}
    fn visit_trait_item_const_mut(&mut self, _: &mut syn::TraitItemConst) {}
    fn visit_variant_mut(&mut self, _: &mut syn::Variant) {}
    fn visit_pat_mut(&mut self, _: &mut syn::Pat) {}
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_generic_argument_mut(&mut self, _: &mut syn::GenericArgument) {}
    fn visit_attribute_mut(&mut self, _: &mut syn::Attribute) {}
}
